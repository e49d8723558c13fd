/* reader.h: reads the log from a position on, a bounded batch at a time.
 *
 * - Every call is one read transaction of its own: when it returns, no statement is open
 *   and no lock is held, so that nothing blocks a checkpoint while a client is slow.
 * - A call looks at a bounded number of ids, so that a filter that matches nothing in a
 *   log of millions cannot hold a transaction, or a client, for long.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_READER_H
#define TR_STORE_READER_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"
#include "store/filter.h"
#include "store/row.h"

#define TR_BATCH_ROWS 256 /* the most rows in a batch */
#define TR_BATCH_BYTES                                                                         \
	(1024 * 1024) /* past so many bytes of messages it takes no more rows                  \
		       */

/* What is in the log at all. */
struct tr_bounds {
	int64_t oldest;	   /* lowest log.id present; none: the id that the next row gets */
	int64_t newest;	   /* highest log.id ever given (sqlite_sequence) */
	int64_t pruned_to; /* highest log.id deleted, superseded markers apart */
};

/* What one reading found. */
struct tr_batch {
	struct tr_row rows[TR_BATCH_ROWS]; /* those that match, in order of id */
	int row_count;
	struct tr_job jobs[TR_BATCH_ROWS]; /* those that markers among the rows speak of */
	int job_count;
	size_t taken_bytes;	 /* by the texts of jobs */
	int64_t upto;		 /* every id up to here has been looked at */
	struct tr_bounds bounds; /* as of the same transaction */
	void *blocks[2 * TR_BATCH_ROWS];
	int block_count;
};

struct tr_reader;

/* Makes a reader of db for the rows that filter lets through; both must outlive it.
 * TR_OK; otherwise *out is NULL and *why has the sentence: TR_NOMEM, TR_BUSY, TR_DB. */
enum tr_err tr_reader_open(
    struct tr_reader **out, sqlite3 *db, const struct tr_filter *filter, struct tr_why *why);

/* Reads on after the id `after`. Ids up to `markers_from` yield no marker rows: a snapshot
 * already told of them. The batch is cleared first and holds the reader's copies until
 * tr_batch_clear().
 * TR_OK, and batch->upto < batch->bounds.newest says that there is more to read at once;
 * otherwise the batch is empty: TR_BUSY, TR_DB, TR_NOMEM. */
enum tr_err tr_reader_read(struct tr_reader *reader, int64_t after, int64_t markers_from,
    struct tr_batch *batch, struct tr_why *why);

/* The bounds of the log. To be called inside a transaction of the caller's where they must
 * agree with other reads. */
enum tr_err tr_reader_bounds(
    struct tr_reader *reader, struct tr_bounds *bounds, struct tr_why *why);

/* The position from which the last `count` rows that match and are no markers follow, among
 * the ids up to bounds->newest. A log in which they take longer than a second to find
 * yields a later position: fewer rows. */
enum tr_err tr_reader_tail(struct tr_reader *reader, const struct tr_bounds *bounds,
    int64_t count, int64_t *position, struct tr_why *why);

/* The smallest id above `after` that is in the log; where none is the one after
 * bounds->newest. */
enum tr_err tr_reader_next(struct tr_reader *reader, const struct tr_bounds *bounds,
    int64_t after, int64_t *next, struct tr_why *why);

/* Finalizes the statements; the connection stays. reader may be NULL. */
void tr_reader_close(struct tr_reader *reader);

/* The job of that id in the batch, or NULL: none was read, or it is no more. */
const struct tr_job *tr_batch_job(const struct tr_batch *batch, int64_t job_id);

/* Frees what the rows point to and empties the batch; it begins as {0}. */
void tr_batch_clear(struct tr_batch *batch);

#endif
