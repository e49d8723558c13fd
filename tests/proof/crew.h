/* crew.h: the processes of the proof: writers, a meddler, one follower, and the board on
 * which all of them write what they saw.
 *
 * - No process but those of the crew opens the database, and each is forked before it does.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_CREW_H
#define TR_PROOF_CREW_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "follower.h"

#define BOARD_ROWS 1000000
#define BOARD_DOZES 1000000

/* What is proved in one go. */
struct task {
	const char *name;
	const char *journal_mode;
	const char *synchronous;
	unsigned sync_delay_us; /* added to every fsync */
	int commits;
	int gap_us; /* a writer rests so long at most between two commits */
	int spare;  /* writers are not killed, nor is the file vacuumed */
};

/* In memory that all processes share. */
struct board {
	char db[96];
	struct task task;
	atomic_int stop;     /* writers and meddler: end */
	atomic_int ready;    /* the follower watches */
	atomic_long commits; /* that returned SQLITE_OK */
	atomic_long rolled_back;
	atomic_long checkpoints;
	atomic_long vacuums;
	atomic_long errors;	   /* that no part of the plan explains */
	_Atomic int64_t goal;	   /* the last row's id, when all is written; 0 before */
	struct follower follower;  /* its counts, when it has ended */
	int64_t cpu_ns;		   /* what it took */
	_Atomic int64_t locked_ns; /* how long in all no reader was let in: rollback mode */
	/* By row id, for the last row of a commit. 0: not known, say because its writer was
	 * killed. The second of each pair is locked_ns at that moment. */
	_Atomic int64_t visible_ns[BOARD_ROWS];
	int64_t visible_locked_ns[BOARD_ROWS];
	int64_t delivered_ns[BOARD_ROWS];
	int64_t delivered_locked_ns[BOARD_ROWS];
	/* How late the system woke a process that slept for a millisecond. */
	int64_t overslept_ns[BOARD_DOZES];
	int dozes;
};

/* Each forks a process that runs part of the crew; pid. */
pid_t crew_start(struct board *b, void (*part)(struct board *b));

void crew_create(struct board *b); /* makes the database and ends */
void crew_write(struct board *b);  /* commits until stop */
void crew_meddle(struct board *b); /* checkpoints, vacuums, comes and goes until stop */
void crew_follow(struct board *b); /* reads until goal, or 5 s after it was set */
void crew_doze(struct board *b);   /* measures the machine until stop */
void crew_tell(struct board *b);   /* sets the goal and ends */

#endif
