/* supervisor.h: keeps spare workers ahead of the requests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_SUPERVISOR_H
#define TR_POOL_SUPERVISOR_H

#include "pool/tree.h"

/* As tr_tree's supervise(). */
int tr_supervisor_run(struct tr_tree *tree, pid_t guardian);

#endif
