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

#include "pool/tree.h"

/* As tr_tree's guard(). */
int tr_guardian_run(struct tr_tree *tree, pid_t supervisor);

#endif
