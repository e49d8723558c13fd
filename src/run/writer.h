/* writer.h: the process that brings a runner's spool into the database.
 *
 * - A process of its own, in a session of its own: it may wait for SQLite as long as it takes,
 *   and goes on where the runner, or the whole group of processes, is killed.
 * - Lines are committed 20 ms after the first of them, or once there are 256; where more have
 *   gathered, all together.
 * - A database that cannot be written is tried again until the job has ended and ten seconds
 *   have gone without a single commit (two, where the database is not merely locked); then
 *   the spool stays, and one sentence says where.
 * - While it has nothing to do it plays what earlier runners had to leave for this database.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_WRITER_H
#define TR_RUN_WRITER_H

#include "run/spool.h"

#define TR_WRITER_PATIENCE_S 10
#define TR_WRITER_ABSENT_PATIENCE_S 2

/* How long a process that is told to end has before it is killed. */
#define TR_RUN_GRACE_S 10

/* page->stage: moves once, from WAITING, by whoever comes first. page->ended: the runner has
 * written the job's end. page->hurry: it asks not to wait for the database any longer.
 * page->group: the command's process group, to be ended if the runner dies; 0: none. */
enum tr_stage {
	TR_STAGE_WAITING, /* the command has not started */
	TR_STAGE_MADE,	  /* the job's row is there, so its id can be told to the command */
	TR_STAGE_GONE_ON, /* it cannot be, or not soon: the command starts without an id */
	TR_STAGE_REFUSED, /* a job of the same key lives on another host */
};

struct tr_writer {
	struct tr_spool *spool;
	int life_fd;  /* hangs up when the runner is no more */
	int stage_fd; /* eventfd: told when the stage has moved */
};

enum tr_writer_status {
	TR_WRITER_DONE = 0,    /* all is in the database, and the spool is removed */
	TR_WRITER_LEFT = 3,    /* the spool stays; the sentence is printed */
	TR_WRITER_REFUSED = 4, /* the same, TR_STAGE_REFUSED; the spool is removed */
};

/* Works until the job's end is in the database, or cannot be brought there. */
enum tr_writer_status tr_writer_run(const struct tr_writer *writer);

/* Says on standard error that the spool stays, where, and what plays it. */
void tr_writer_tell_left(const struct tr_spool *spool, const struct tr_why *why);

#endif
