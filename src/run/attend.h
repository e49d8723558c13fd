/* attend.h: what the runner does while its command runs: passes bytes and signals on.
 *
 * - Told to stop (SIGTERM, or SIGINT that did not come from the keyboard), and where the
 * command ran too long, its group gets the signal, ten seconds, and SIGKILL.
 * - After the command's end its output is read for another second at most: what it left in the
 *   background is not waited for, and what that prints later is not the job's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_ATTEND_H
#define TR_RUN_ATTEND_H

#include <stdint.h>

#include "run/capture.h"
#include "run/command.h"
#include "run/outcome.h"
#include "run/relay.h"
#include "run/scribe.h"
#include "run/terminal.h"

struct tr_attend {
	struct tr_capture *capture;
	struct tr_scribe *scribe;
	struct tr_command *command;
	struct tr_terminal *terminal; /* master is -1 where there is none */
	struct tr_outcome *outcome;   /* filled in */
	int signals_fd;
	int64_t timeout_s; /* 0: the command may take as long as it wants */

	struct tr_relay output[TR_FROMS];
	struct tr_relay input;	/* from standard input to the terminal */
	int64_t left[TR_FROMS]; /* bytes still to be read when the command has ended; -1: all */
	int ended;		/* the command is buried */
	int64_t drain_ns;	/* when its output is no longer waited for */
	int64_t timeout_ns;	/* when it has run too long; 0: never */
	int64_t kill_ns;	/* when its group is killed; 0: it may live */
};

/* Attends the command, which has started, to its end. */
void tr_attend(struct tr_attend *attend);

#endif
