/* log_text.c: a job's log as text, from the first line to the last, a piece at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/log_text.h"

#include "store/columns.h"
#include "store/schema.h"

#define PIECE_BYTES (256 * 1024)

static const char rows_sql[] =
    "SELECT id, event, created_at FROM log WHERE job_id = ?1 AND id > ?2 AND id <= ?3"
    " AND (?4 IS NULL OR " TR_OWNER_OF_ROW " = ?4) ORDER BY id";

static enum tr_err failed(const struct tr_log_text *text, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(text->db), sqlite3_db_filename(text->db, "main"), why);
}

/* Appends the message of that row, or as much of it as the piece still takes. */
static enum tr_err add_message(
    struct tr_log_text *text, int64_t id, struct tr_buf *out, struct tr_why *why)
{
	size_t before = out->len;
	int64_t len_bytes = 0;
	enum tr_err err = tr_message_read(&text->message, text->db, id, text->half_at,
	    out->len < PIECE_BYTES ? PIECE_BYTES - out->len : 0, out, &len_bytes, why);

	if (err && err != TR_ABSENT) /* as a line may be that is deleted while it is sent */
		return err;
	text->half_at += (int64_t)(out->len - before);
	text->half_id = id;
	if (text->half_at < len_bytes)
		return TR_OK;
	tr_buf_adds(out, "\n");
	text->after = id;
	text->half_id = text->half_at = 0;
	return TR_OK;
}

static enum tr_err add_line(struct tr_log_text *text, struct tr_buf *out, struct tr_why *why)
{
	struct tr_text at = tr_column_text(text->rows, 2);
	int64_t id = sqlite3_column_int64(text->rows, 0);

	if (tr_marker_of(tr_column_text(text->rows, 1)) != TR_MARKER_NONE) {
		text->after = id;
		return TR_OK;
	}
	if (text->with_time) {
		tr_buf_add(out, at.data, at.len);
		tr_buf_adds(out, " ");
	}
	return add_message(text, id, out, why);
}

static enum tr_err add_lines(
    struct tr_log_text *text, struct tr_buf *out, int *more, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	int rc = SQLITE_ROW;

	sqlite3_bind_int64(text->rows, 1, text->job_id);
	sqlite3_bind_int64(text->rows, 2, text->after);
	sqlite3_bind_int64(text->rows, 3, text->until);
	sqlite3_bind_text(text->rows, 4, text->owner, -1, SQLITE_STATIC);
	while (!err && !text->half_id && out->len < PIECE_BYTES &&
	       (rc = sqlite3_step(text->rows)) == SQLITE_ROW)
		err = add_line(text, out, why);
	if (!err && rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = failed(text, why);
	*more = rc == SQLITE_ROW;
	sqlite3_reset(text->rows);
	return err;
}

enum tr_err tr_log_text_next(
    struct tr_log_text *text, struct tr_buf *out, int *more, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	*more = 1;
	if (!text->rows &&
	    sqlite3_prepare_v2(text->db, rows_sql, -1, &text->rows, NULL) != SQLITE_OK)
		return failed(text, why);
	if (text->half_id)
		err = add_message(text, text->half_id, out, why);
	if (!err && !text->half_id)
		err = add_lines(text, out, more, why);
	tr_message_close(&text->message);
	if (!err && tr_buf_err(out))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	return err;
}

void tr_log_text_close(struct tr_log_text *text)
{
	tr_message_close(&text->message);
	sqlite3_finalize(text->rows);
	text->rows = NULL;
}
