/* supervisor.h: keeps spare workers ahead of the requests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_SUPERVISOR_H
#define TR_POOL_SUPERVISOR_H

#include "pool/pool.h"

/* Runs until SIGTERM or SIGINT, ends its workers and returns the exit status. */
int tr_supervisor_run(const struct tr_pool_plan *plan);

#endif
