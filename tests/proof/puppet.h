/* puppet.h: another process that does to a database what a test tells it, and halts inside a
 * commit where it is told.
 *
 * - Start all puppets before this process opens a database: SQLite's locks do not survive a
 *   fork.
 * - Whatever goes wrong here ends the test with a message; a puppet that hangs does so after
 *   ten seconds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_PUPPET_H
#define TR_PROOF_PUPPET_H

#include <sys/types.h>

#include "shim.h"

struct puppet {
	pid_t pid;   /* 0: none */
	int orders;  /* written by the test */
	int answers; /* read by the test */
};

/* Forks it. It has no connection yet. */
void puppet_start(struct puppet *p);

/* Opens the database; or closes it with path NULL. */
void puppet_open(struct puppet *p, const char *path);

/* Runs SQL to its end and returns SQLite's result code. */
int puppet_sql(struct puppet *p, const char *sql);

/* Runs SQL until it passes point, where the puppet halts; fails the test if it does not. */
void puppet_halt_in(struct puppet *p, enum shim_point point, const char *sql);

/* Lets it go on and returns the result code of the SQL in which it halted. */
int puppet_go_on(struct puppet *p);

/* The two halves of it. */
void puppet_let_go(struct puppet *p);
int puppet_answer(struct puppet *p);

/* Makes one that halts kill itself with -9; for a test that may not kill it. */
void puppet_die(struct puppet *p);

/* kill -9, and waits for its end. Nothing for one that was killed or never started. */
void puppet_kill(struct puppet *p);

#endif
