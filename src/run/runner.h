/* runner.h: runs a command as a job.
 *
 * - Two processes: this one reads what the command prints, passes it on and puts it into the
 *   spool; the writer (writer.h) brings it into the database. So the command waits for the
 *   terminal, as it would without a runner, and never for the database.
 * - kill -9 of this process: the writer brings in all that this one has passed on, but for a
 *   line without an end (what is still in the pipe is gone with its reader); it ends the
 *   command's group, and the job fails. Of the writer: another one is started. Of both: the
 *   spool stays, the command gets SIGTERM, and the next runner records what happened.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_RUNNER_H
#define TR_RUN_RUNNER_H

#include <stdint.h>

#include "progress/markup.h"
#include "store/publish.h"

struct tr_run {
	const char *db; /* an absolute path */
	struct tr_new_job job;
	const char *key;   /* one runner at a time; NULL: any number */
	int64_t timeout_s; /* 0: none */
	enum tr_markup_mode progress;
	int pty;
	char **argv;
};

/* Runs the command to its end, and exits as it did (outcome.h); 1 where it was not run, and the
 * sentence is printed. Descriptors 0 to 2 are open. */
int tr_run(const struct tr_run *run);

#endif
