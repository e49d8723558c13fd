/* guardian.h: forks the supervisor and waits, and is itself started anew by it.
 *
 * - lighttpd starts a program again only if nobody listens at its socket. While workers
 *   outlive the process that it started, it takes the socket for somebody else's and gives
 *   up: every request is 503 for ever. So the pool must outlive any one of its processes,
 *   this one too: guardian and supervisor watch each other by pidfd, and whichever is left
 *   forks the other.
 * - A guardian that was started so is no child of the web server and hears nothing from it:
 *   it watches that by pidfd as well, and ends the pool with it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_GUARDIAN_H
#define TR_POOL_GUARDIAN_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/err.h"
#include "pool/pool.h"

/* What guardian and supervisor know of each other, in memory that they share. */
struct tr_tree {
	struct tr_pool_plan *plan; /* each process has its own copy, as of its fork */
	int server_fd;		   /* pidfd of the web server that started us; -1: none did */
	_Atomic pid_t guardian;
	_Atomic pid_t supervisor;
	_Atomic int stopping; /* nothing is to be started again */
	_Atomic int status;   /* to exit with */
};

/* Guards the pool until it stops: a supervisor that runs already, or (0) one to start.
 * Returns the exit status. */
int tr_guardian_run(struct tr_tree *tree, pid_t supervisor);

/* A descriptor that polls readable once the process has died, also where it is no child
 * (pidfd_open(2), Linux 5.3); -1: it has died, or the kernel has none. */
int tr_guardian_pidfd(pid_t pid);

#endif
