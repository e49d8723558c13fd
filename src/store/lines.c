/* lines.c: pages of the log: of a job's lines, of those of no job, or of all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/lines.h"

#include "base/utf8.h"
#include "store/columns.h"
#include "store/message.h"
#include "store/part.h"
#include "store/schema.h"

#define SELECT "SELECT id, event, level"
#define SELECT_MESSAGE SELECT ", message"
#define SELECT_PART SELECT ", " TR_PART("log", "message", "id", TR_PART_MOST_BYTES)

#define BY_ID " FROM log WHERE id = ?1"
#define TIME_BYTES 64

/* What is read of the rows of a page. */
struct reading {
	sqlite3 *db;
	struct tr_part_row row;
	struct tr_message message;
	struct tr_buf text;
	size_t bytes; /* of messages, so far */
};

static int matches(const void *arg, sqlite3_stmt *stmt)
{
	const struct tr_lines_ask *ask = arg;

	if (tr_marker_of(tr_column_text(stmt, 1)) != TR_MARKER_NONE)
		return 0;
	if (ask->level > TR_LEVEL_DEBUG && tr_level_of(tr_column_text(stmt, 2)) < ask->level)
		return 0;
	return !ask->text || tr_text_has(tr_column_text(stmt, 3), ask->text);
}

static int bind(const void *arg, sqlite3_stmt *stmt, int *index)
{
	const struct tr_lines_ask *ask = arg;

	return ask->job_id > TR_NO_JOB ? sqlite3_bind_int64(stmt, (*index)++, ask->job_id)
				       : SQLITE_OK;
}

/* How much the SELECT that walks through them reads: by the index log_job alone where no
 * message is asked for and they are a job's, or of none. */
enum extent { IDS, MESSAGES, PARTS };

static const char *select_of(const struct tr_lines_ask *ask, enum extent extent)
{
	static const char *const sql[3][3] = {
	    {SELECT " FROM log WHERE 1", SELECT_MESSAGE " FROM log WHERE 1",
		SELECT_PART " FROM log WHERE 1"},
	    {SELECT " FROM log WHERE job_id IS NULL",
		SELECT_MESSAGE " FROM log WHERE job_id IS NULL",
		SELECT_PART " FROM log WHERE job_id IS NULL"},
	    {SELECT " FROM log WHERE job_id = ?2", SELECT_MESSAGE " FROM log WHERE job_id = ?2",
		SELECT_PART " FROM log WHERE job_id = ?2"},
	};
	int of = ask->job_id == TR_LINES_ALL ? 0 : ask->job_id == TR_NO_JOB ? 1 : 2;

	return sql[of][ask->text ? extent : IDS];
}

static enum tr_err find(
    sqlite3 *db, const struct tr_lines_ask *ask, struct tr_page *page, struct tr_why *why)
{
	const struct tr_page_table table = {.db = db,
	    .select = select_of(ask, MESSAGES),
	    .in_part = select_of(ask, PARTS),
	    .bind = bind,
	    .matches = matches,
	    .arg = ask,
	    .table = TR_LOG,
	    .scope = ask->scope};

	return tr_page_find(&table, &ask->page, page, why);
}

static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(db), sqlite3_db_filename(db, "main"), why);
}

/* How much of the next message is read. */
static size_t share(const struct reading *reading)
{
	size_t left = reading->bytes < TR_LINES_BYTES ? TR_LINES_BYTES - reading->bytes : 0;

	if (left < TR_LINE_LEAST_BYTES)
		return TR_LINE_LEAST_BYTES;
	return left < TR_LINE_BYTES ? left : TR_LINE_BYTES;
}

static enum tr_err read_message(
    struct reading *reading, struct tr_row *row, int *is_cut, struct tr_why *why)
{
	int64_t len_bytes;
	enum tr_err err;

	tr_buf_clear(&reading->text);
	tr_buf_adds(&reading->text, ""); /* so that there is something to point at */
	err = tr_message_read(&reading->message, reading->db, row->id, 0, share(reading),
	    &reading->text, &len_bytes, why);
	if (err)
		return err;
	reading->bytes += reading->text.len;
	*is_cut = (int64_t)reading->text.len < len_bytes;
	row->message = (struct tr_text){reading->text.data, reading->text.len};
	if (*is_cut)
		row->message.len = tr_utf8_whole(row->message.data, row->message.len);
	return TR_OK;
}

/* The row that the statement is at. Any program may have written its time. */
static struct tr_row row_of(sqlite3_stmt *stmt)
{
	struct tr_text at = tr_column_text(stmt, 4);

	if (at.len > TIME_BYTES)
		at.len = TIME_BYTES;
	return (struct tr_row){.id = sqlite3_column_int64(stmt, 0),
	    .has_job = sqlite3_column_type(stmt, 1) != SQLITE_NULL,
	    .job_id = sqlite3_column_int64(stmt, 1),
	    .event = tr_column_text(stmt, 2),
	    .level = tr_column_text(stmt, 3),
	    .created_at = at};
}

static enum tr_err read_line(
    struct reading *reading, int64_t id, tr_line_taker *take, void *arg, struct tr_why *why)
{
	struct tr_row row;
	int is_cut = 0;
	sqlite3_stmt *at;
	enum tr_err err;

	if (tr_part_find(reading->db, &reading->row, id, &at) != SQLITE_ROW)
		return failed(reading->db, why);
	row = row_of(at);
	err = read_message(reading, &row, &is_cut, why);
	if (!err)
		take(arg, &row, is_cut);
	tr_part_reset(&reading->row);
	return err;
}

enum tr_err tr_lines_read(sqlite3 *db, const struct tr_lines_ask *ask, struct tr_page *page,
    tr_line_taker *take, void *arg, struct tr_why *why)
{
	struct reading reading = {.db = db,
	    .row = {.sql = "SELECT id, job_id, event, level, created_at" BY_ID,
		.in_part_sql = "SELECT id, job_id, event, level, " TR_PART(
		    "log", "created_at", "id", TIME_BYTES) BY_ID}};
	enum tr_err err = find(db, ask, page, why);

	for (int i = 0; !err && i < page->count; i++)
		err = read_line(&reading, page->ids[i], take, arg, why);
	tr_message_close(&reading.message);
	tr_buf_free(&reading.text);
	tr_part_close(&reading.row);
	return err;
}

enum tr_err tr_lines_count(
    sqlite3 *db, int64_t job_id, struct tr_page *page, struct tr_why *why)
{
	const struct tr_lines_ask ask = {.job_id = job_id};

	return find(db, &ask, page, why);
}
