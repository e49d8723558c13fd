/* pool.h: the processes of tailrow.fcgi: a guardian, a supervisor, and workers on demand.
 *
 * - The guardian forks the supervisor, waits, and forks it again if it dies: were it not
 *   there, lighttpd would take the socket that workers still hold for somebody else's, and
 *   never start the program again.
 * - The supervisor keeps spare workers ahead of the requests and holds the listening socket
 *   on descriptor 0 for them. It never opens the database.
 * - A worker serves one request at a time; PR_SET_PDEATHSIG ends it with its supervisor.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_POOL_H
#define TR_POOL_POOL_H

#include "base/err.h"
#include "pool/scoreboard.h"

struct tr_pool_plan {
	int max_streams;
	/* Runs in each worker until it is asked to stop, or may go; returns the exit status. */
	int (*work)(const void *arg, struct tr_seat *seat);
	const void *arg;
};

/* Runs the pool until SIGTERM or SIGINT: then the workers end their streams in order, and
 * all are gone within 2 s. Returns the exit status for main(). */
int tr_pool_run(const struct tr_pool_plan *plan);

#endif
