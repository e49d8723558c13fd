/* outcome.h: what a command's end means: for its job, and for whoever waits for the runner.
 *
 * - The runner exits as a shell would: the command's own status, 128+N for a signal, 127 for
 *   a command that is not there and 126 for one that cannot be executed. A command that ran too
 *   long and then made a success of SIGTERM gives 124, as with timeout(1).
 * - A job whose runner was told to stop, and which did not succeed all the same, is canceled.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_OUTCOME_H
#define TR_RUN_OUTCOME_H

#include <stdint.h>

#include "run/spool.h"

struct tr_outcome {
	int status;	   /* as waitpid() has it */
	int exec_errno;	   /* why there was no command at all; 0: there was */
	int told;	   /* the last signal that the runner got to pass on; 0: none */
	int typed;	   /* it came from the keyboard, so the command had it by itself */
	int64_t timeout_s; /* that was exceeded; 0: none was */
};

/* The status to exit with. */
int tr_outcome_status(const struct tr_outcome *outcome);

/* The job's end, which is now. */
void tr_outcome_end(const struct tr_outcome *outcome, struct tr_spool_end *end);

#endif
