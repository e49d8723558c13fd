/* walindex.h: what the wal-index says is committed, and whether more is on its way.
 *
 * - WAL mode only. The wal-index is reached through SQLite's own mapping and the -wal through
 *   SQLite's own handle: a descriptor of ours on the -shm would, when closed, drop the locks
 *   that SQLite holds there (POSIX locks belong to the process, not to the descriptor).
 * - The layout is the one of https://www.sqlite.org/walformat.html, section 2.2 and 4; its
 *   version number has been 3007000 since WAL exists.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WATCH_WALINDEX_H
#define TR_WATCH_WALINDEX_H

#include <sqlite3.h>
#include <stdbool.h>

#define TR_WALINDEX_HEADER_BYTES 48

/* A copy of the header. Two that are equal in all bytes describe the same commit. */
struct tr_walindex {
	unsigned char bytes[TR_WALINDEX_HEADER_BYTES];
};

enum tr_walindex_state {
	TR_WALINDEX_WHOLE,  /* copied */
	TR_WALINDEX_TORN,   /* it is being written at this moment, or its writer died */
	TR_WALINDEX_ABSENT, /* this connection has not mapped it: it has not read yet, or it
			       may not write and nobody who may is connected */
};

/* Copies the header, without a system call. *out is set only for TR_WALINDEX_WHOLE. */
enum tr_walindex_state tr_walindex_copy(sqlite3 *db, struct tr_walindex *out);

/* Whether the -wal holds frames that head does not count: a transaction is being written, or
 * was rolled back. Also true where that cannot be found out. */
bool tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head);

/* Whether the -wal is shorter than head says. TRUNCATE checkpoints change the header before
 * the file, so this counts only if the header is still the same afterwards. */
bool tr_walindex_cut_short(sqlite3 *db, const struct tr_walindex *head);

#endif
