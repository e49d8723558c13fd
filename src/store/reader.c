/* reader.c: reads the log from a position on, a bounded batch at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/reader.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/columns.h"
#include "store/schema.h"

/* Ids looked at in one transaction: about 10 ms of scanning where none matches. */
#define SCAN_IDS 65536

#define TAIL_BUDGET_NS TR_NS_PER_S

#define FROM_RANGE " FROM log WHERE id > ?1 AND id <= ?2 AND (id > ?3 OR " NO_MARKERS ")"

#define NO_MARKERS "event NOT IN ('status-update','completion','removed')"

struct tr_reader {
	sqlite3 *db;
	const struct tr_filter *filter;
	sqlite3_stmt *bounds; /* ?1 after: the first id above it, too */
	sqlite3_stmt *rows;   /* ?1 after, ?2 until, ?3 markers_from, then the filter's */
	sqlite3_stmt *parts;  /* the same in part; prepared when it is needed */
	struct tr_part_row job;
};

/* The rows to read. */
struct range {
	int64_t after, until, markers_from;
};

static const char bounds_sql[] =
    "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'log'), (SELECT min(id) FROM log),"
    " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'pruned_to'),"
    " (SELECT coalesce(min(id), 9223372036854775807) FROM log WHERE id > ?1)";

static enum tr_err failed(struct tr_reader *reader, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(reader->db), sqlite3_db_filename(reader->db, "main"), why);
}

static enum tr_err prepare(
    struct tr_reader *reader, sqlite3_stmt **stmt, const char *sql, struct tr_why *why)
{
	if (sqlite3_prepare_v2(reader->db, sql, -1, stmt, NULL) != SQLITE_OK)
		return failed(reader, why);
	return TR_OK;
}

/* Prepares `before`, the filter's conditions, `after`, and binds the filter from index on. */
static enum tr_err prepare_filtered(struct tr_reader *reader, sqlite3_stmt **stmt,
    const char *before, const char *after, int index, struct tr_why *why)
{
	struct tr_buf sql = {0};
	enum tr_err err;

	tr_buf_adds(&sql, before);
	tr_filter_sql(&sql, reader->filter);
	tr_buf_adds(&sql, after);
	err = tr_buf_err(&sql) ? tr_fail(why, TR_NOMEM, "out of memory")
			       : prepare(reader, stmt, sql.data, why);
	if (!err && tr_filter_bind(reader->filter, *stmt, &index) != SQLITE_OK)
		err = failed(reader, why);
	tr_buf_free(&sql);
	return err;
}

enum tr_err tr_reader_open(
    struct tr_reader **out, sqlite3 *db, const struct tr_filter *filter, struct tr_why *why)
{
	struct tr_reader *reader = calloc(1, sizeof(*reader));
	enum tr_err err;

	*out = NULL;
	if (!reader)
		return tr_fail(why, TR_NOMEM, "out of memory");
	reader->db = db;
	reader->filter = filter;
	reader->job =
	    (struct tr_part_row){.sql = "SELECT " TR_JOB_COLUMNS " FROM job WHERE id = ?1",
		.in_part_sql = "SELECT " TR_JOB_PARTS " FROM job WHERE id = ?1"};
	err = prepare(reader, &reader->bounds, bounds_sql, why);
	if (!err)
		err = prepare_filtered(reader, &reader->rows,
		    "SELECT " TR_ROW_COLUMNS FROM_RANGE, " ORDER BY id", 4, why);
	if (!err && tr_part_register(db) != SQLITE_OK)
		err = failed(reader, why);
	if (err)
		tr_reader_close(reader);
	else
		*out = reader;
	return err;
}

void tr_reader_close(struct tr_reader *reader)
{
	if (!reader)
		return;
	sqlite3_finalize(reader->bounds);
	sqlite3_finalize(reader->rows);
	sqlite3_finalize(reader->parts);
	tr_part_close(&reader->job);
	free(reader);
}

/* The id that the next row gets; after the last one that there can be, that one again. */
static int64_t after_newest(const struct tr_bounds *bounds)
{
	return bounds->newest < INT64_MAX ? bounds->newest + 1 : INT64_MAX;
}

/* Steps the bounds statement to its row and leaves it there, so that the read transaction
 * it began spans whatever is read until it is reset. */
static enum tr_err begin_with_bounds(
    struct tr_reader *reader, struct tr_bounds *bounds, struct tr_why *why)
{
	if (sqlite3_step(reader->bounds) != SQLITE_ROW)
		return failed(reader, why);
	bounds->newest = sqlite3_column_int64(reader->bounds, 0);
	if (bounds->newest < 0) /* any program may write sqlite_sequence */
		bounds->newest = 0;
	bounds->oldest = sqlite3_column_type(reader->bounds, 1) == SQLITE_NULL
			     ? after_newest(bounds)
			     : sqlite3_column_int64(reader->bounds, 1);
	bounds->pruned_to = sqlite3_column_int64(reader->bounds, 2);
	return TR_OK;
}

enum tr_err tr_reader_bounds(
    struct tr_reader *reader, struct tr_bounds *bounds, struct tr_why *why)
{
	enum tr_err err = begin_with_bounds(reader, bounds, why);

	sqlite3_reset(reader->bounds);
	return err;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int bind_range(sqlite3_stmt *stmt, const struct range *range)
{
	int rc = sqlite3_bind_int64(stmt, 1, range->after);

	if (!rc)
		rc = sqlite3_bind_int64(stmt, 2, range->until);
	return rc ? rc : sqlite3_bind_int64(stmt, 3, range->markers_from);
}

/* Steps to the next row; *rc is what SQLite said. Where that row is too large, *stmt becomes
 * the statement that reads in part, for the rest of this batch. */
static enum tr_err next_row(struct tr_reader *reader, const struct range *range,
    sqlite3_stmt **stmt, int *rc, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	*rc = *stmt == reader->rows ? tr_part_step(*stmt) : sqlite3_step(*stmt);
	if (*rc != SQLITE_TOOBIG || *stmt == reader->parts)
		return TR_OK;
	if (!reader->parts)
		err = prepare_filtered(reader, &reader->parts,
		    "SELECT " TR_ROW_PARTS FROM_RANGE, " ORDER BY id", 4, why);
	if (err)
		return err;
	*stmt = reader->parts;
	*rc = bind_range(*stmt, range);
	if (!*rc)
		*rc = sqlite3_step(*stmt);
	return TR_OK;
}

/* Copies the rows of the range into the batch and sets batch->upto. */
static enum tr_err read_rows(
    struct tr_reader *reader, struct range range, struct tr_batch *batch, struct tr_why *why)
{
	sqlite3_stmt *stmt = reader->rows;
	size_t bytes = 0;
	int rc = bind_range(stmt, &range);
	enum tr_err err;

	if (rc)
		return failed(reader, why);
	while (!(err = next_row(reader, &range, &stmt, &rc, why)) && rc == SQLITE_ROW) {
		struct tr_row *row = &batch->rows[batch->row_count];

		if (tr_columns_row(stmt, row, &batch->blocks[batch->block_count]))
			return tr_fail(why, TR_NOMEM, "out of memory");
		batch->block_count++;
		batch->row_count++;
		bytes += row->message.len;
		range.after = row->id;
		if (batch->row_count == TR_BATCH_ROWS || bytes >= TR_BATCH_BYTES) {
			batch->upto = row->id;
			return TR_OK;
		}
	}
	return err || rc == SQLITE_DONE ? err : failed(reader, why);
}

/* Reads the job as it is in this transaction, if the batch has it not yet. */
static enum tr_err read_job(
    struct tr_reader *reader, int64_t job_id, struct tr_batch *batch, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	sqlite3_stmt *at;
	int rc;

	if (tr_batch_job(batch, job_id))
		return TR_OK;
	rc = tr_part_find(reader->db, &reader->job, job_id, &at);
	if (rc == SQLITE_ROW) {
		err = tr_columns_job(at, &batch->jobs[batch->job_count], &batch->taken_bytes,
		    &batch->blocks[batch->block_count]);
		if (!err) {
			batch->block_count++;
			batch->job_count++;
		}
	} else if (rc != SQLITE_DONE) {
		err = failed(reader, why);
	}
	tr_part_reset(&reader->job);
	return err;
}

static enum tr_err read_marked_jobs(
    struct tr_reader *reader, struct tr_batch *batch, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	for (int i = 0; i < batch->row_count && !err; i++) {
		enum tr_marker marker = tr_marker_of(batch->rows[i].event);

		if (marker == TR_MARKER_STATUS || marker == TR_MARKER_COMPLETION)
			err = read_job(reader, batch->rows[i].job_id, batch, why);
	}
	return err;
}

static enum tr_err read_batch(struct tr_reader *reader, int64_t after, int64_t markers_from,
    struct tr_batch *batch, struct tr_why *why)
{
	int64_t newest = batch->bounds.newest;
	int64_t first, until;
	enum tr_err err;

	batch->upto = after;
	if (newest <= after)
		return TR_OK;
	/* Publishers may choose ids, a time in ms for one: a hole is stepped over. */
	first = min64(sqlite3_column_int64(reader->bounds, 3), newest);
	until = first + min64(newest - first, SCAN_IDS);
	batch->upto = until;
	err = read_rows(reader, (struct range){after, until, markers_from}, batch, why);
	sqlite3_reset(reader->rows);
	sqlite3_reset(reader->parts);
	return err ? err : read_marked_jobs(reader, batch, why);
}

enum tr_err tr_reader_read(struct tr_reader *reader, int64_t after, int64_t markers_from,
    struct tr_batch *batch, struct tr_why *why)
{
	enum tr_err err;

	tr_batch_clear(batch);
	sqlite3_bind_int64(reader->bounds, 1, after);
	err = begin_with_bounds(reader, &batch->bounds, why);
	if (!err)
		err = read_batch(reader, after, markers_from, batch, why);
	sqlite3_reset(reader->bounds);
	if (err)
		tr_batch_clear(batch);
	return err;
}

/* Walks down from `newest` in steps of SCAN_IDS until count rows were seen. */
static enum tr_err walk_down(struct tr_reader *reader, sqlite3_stmt *stmt,
    const struct tr_bounds *bounds, int64_t count, int64_t *position, struct tr_why *why)
{
	int64_t deadline_ns = tr_mono_ns() + TAIL_BUDGET_NS;
	int64_t high = bounds->newest;
	int rc = SQLITE_DONE;

	while (count > 0 && high >= bounds->oldest && tr_mono_ns() < deadline_ns) {
		sqlite3_bind_int64(stmt, 1, high - SCAN_IDS);
		sqlite3_bind_int64(stmt, 2, high);
		while (count > 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
			*position = sqlite3_column_int64(stmt, 0) - 1;
			count--;
		}
		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			return failed(reader, why);
		sqlite3_reset(stmt);
		high -= SCAN_IDS;
	}
	return TR_OK;
}

enum tr_err tr_reader_tail(struct tr_reader *reader, const struct tr_bounds *bounds,
    int64_t count, int64_t *position, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err;

	*position = bounds->newest;
	if (!count)
		return TR_OK;
	err = prepare_filtered(reader, &stmt,
	    "SELECT id FROM log WHERE id > ?1 AND id <= ?2 AND " NO_MARKERS,
	    " ORDER BY id DESC", 3, why);
	if (!err)
		err = walk_down(reader, stmt, bounds, count, position, why);
	sqlite3_finalize(stmt);
	return err;
}

enum tr_err tr_reader_next(struct tr_reader *reader, const struct tr_bounds *bounds,
    int64_t after, int64_t *next, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err;

	err = prepare(reader, &stmt, "SELECT min(id) FROM log WHERE id > ?1", why);
	if (!err && (sqlite3_bind_int64(stmt, 1, after) != SQLITE_OK ||
			sqlite3_step(stmt) != SQLITE_ROW))
		err = failed(reader, why);
	if (!err)
		*next = sqlite3_column_type(stmt, 0) == SQLITE_NULL
			    ? after_newest(bounds)
			    : sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return err;
}

const struct tr_job *tr_batch_job(const struct tr_batch *batch, int64_t job_id)
{
	for (int i = 0; i < batch->job_count; i++)
		if (batch->jobs[i].id == job_id)
			return &batch->jobs[i];
	return NULL;
}

void tr_batch_clear(struct tr_batch *batch)
{
	for (int i = 0; i < batch->block_count; i++)
		free(batch->blocks[i]);
	batch->row_count = batch->job_count = batch->block_count = 0;
	batch->taken_bytes = 0;
}
