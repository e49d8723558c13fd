/* scribe.h: the runner's side of its writer: started, started again, waited for.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_SCRIBE_H
#define TR_RUN_SCRIBE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "run/spool.h"
#include "run/writer.h"

struct tr_scribe {
	struct tr_spool *spool;
	int lock_fd; /* which the writer holds as well; -1: none */
	pid_t pid;   /* 0: none runs */
	int status;  /* tr_writer_status of one that ended in order; -1: none did */
	int life[2]; /* a pipe whose end tells the writer that the runner is no more */
	int stage_fd;
	int64_t restart_ns; /* when to start another; 0: no need */
};

/* Starts the writer. TR_OK: release with tr_scribe_close(); TR_SYS. */
enum tr_err tr_scribe_start(
    struct tr_scribe *scribe, struct tr_spool *spool, int lock_fd, struct tr_why *why);

/* Waits at most wait_ms for the job's row. Returns the stage, which is then final. */
enum tr_stage tr_scribe_stage(struct tr_scribe *scribe, int wait_ms);

/* To be told of each child that was buried. */
void tr_scribe_buried(struct tr_scribe *scribe, pid_t pid, int status, int64_t now_ns);

/* Starts another writer where one died. Returns when to call again (INT64_MAX: no need). */
int64_t tr_scribe_tick(struct tr_scribe *scribe, int64_t now_ns);

/* The job's end is in the spool: waits until the writer ends. signals_fd gives the runner's
 * signals; SIGTERM or SIGINT hastens it. 1: all is said and done; 0: the writer was not to be
 * brought to an end in order, and the spool stays. */
int tr_scribe_finish(struct tr_scribe *scribe, int signals_fd);

void tr_scribe_close(struct tr_scribe *scribe);

#endif
