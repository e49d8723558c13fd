/* watcher.h: the pool's one process that watches the database and reads each new row once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_WATCHER_H
#define TR_STREAM_WATCHER_H

#include "base/fence.h"
#include "pool/pool.h"

/* Fills the pool's ring from the database at db_path, which it keeps open, and wakes the
 * workers that a row concerns, until a signal asks to stop, or the fence has moved. While the
 * database cannot be opened it tries each second, and says so in the error log only where it
 * could be opened before: otherwise each request that comes says it. Returns the exit status.
 */
int tr_watcher_run(const char *db_path, struct tr_pool *pool, const struct tr_fence *fence);

#endif
