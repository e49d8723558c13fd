/* shim.h: a VFS in front of SQLite's own that halts a writer at a chosen point of its commit,
 * slows its fsync, and notes when its commits become visible.
 *
 * - For writer processes only; the watcher under test runs on the plain VFS.
 * - One connection at a time: what it remembers is per process.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_SHIM_H
#define TR_PROOF_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

enum shim_point {
	SHIM_NOWHERE,
	SHIM_WAL_SPILL,	    /* a frame that ends no transaction is in the -wal */
	SHIM_WAL_COMMIT,    /* the frame that ends the transaction is in the -wal, and with
			       synchronous=FULL not yet on the disk */
	SHIM_WAL_HALF,	    /* one of the two copies in the wal-index says so */
	SHIM_WAL_TRUNCATE,  /* a checkpoint has reset the wal-index and is about to truncate
			       the -wal */
	SHIM_WAL_RECOVERY,  /* the wal-index is being rebuilt from the -wal */
	SHIM_DB_WRITE,	    /* rollback mode: a page is in the database, not committed */
	SHIM_JOURNAL_END,   /* rollback mode: the journal is about to be deleted, truncated or
			       overwritten, which is the commit */
	SHIM_JOURNAL_ENDED, /* that is done; the lock is still held */
};

/* Makes the shim the default VFS of this process. hook is called at every point that is
 * passed and may wait there. */
void shim_install(void (*hook)(void *arg, enum shim_point at), void *arg);

/* Every fsync takes so much longer from now on. */
void shim_slow_sync(unsigned delay_us);

/* CLOCK_MONOTONIC of the last moment at which a commit became visible to others: WAL, when
 * the wal-index was complete; rollback, just before the lock went. 0: none yet. */
int64_t shim_visible_ns(void);

/* From now on adds to *locked_ns, which several processes share, how long this one kept every
 * reader out (rollback mode: the PENDING and EXCLUSIVE locks). */
void shim_count_locks(_Atomic int64_t *locked_ns);

/* What *locked_ns was at shim_visible_ns(), with this process's lock until then. */
int64_t shim_visible_locked_ns(void);

#endif
