/* supervisor.h: keeps spare workers ahead of the requests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_SUPERVISOR_H
#define TR_POOL_SUPERVISOR_H

#include "pool/guardian.h"

/* Runs until SIGTERM or SIGINT, ends its workers and returns the exit status. If the guardian
 * dies, forks another. */
int tr_supervisor_run(struct tr_tree *tree, pid_t guardian);

#endif
