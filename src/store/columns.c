/* columns.c: copies a result row's columns out of SQLite's memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct tr_text tr_column_text(sqlite3_stmt *stmt, int column)
{
	/* sqlite3_column_bytes() after _text(): the length of the UTF-8 form */
	const char *data = (const char *)sqlite3_column_text(stmt, column);

	return (struct tr_text){data, (size_t)sqlite3_column_bytes(stmt, column)};
}

/* Where a text column goes, how much of it, and what then stands at its end. */
struct want {
	int column;
	struct tr_text *text;
	size_t most_bytes;
	const char *mark;
};

/* How much of a text is copied. */
static size_t kept(struct tr_text text, size_t most_bytes)
{
	return text.len <= most_bytes ? text.len : tr_utf8_whole(text.data, most_bytes);
}

/* Copies it to `at`, where it is from now on. Returns where the next one goes. */
static char *put(char *at, const struct want *want)
{
	struct tr_text *text = want->text;
	size_t len = kept(*text, want->most_bytes);
	size_t mark_len = len < text->len ? strlen(want->mark) : 0;

	memcpy(at, text->data, len);
	memcpy(at + len, want->mark, mark_len);
	*text = (struct tr_text){at, len + mark_len};
	return at + text->len;
}

/* Copies count text columns into one allocation, *block. */
static enum tr_err copy_texts(
    sqlite3_stmt *stmt, const struct want *want, size_t count, void **block)
{
	size_t total = 0;
	char *at;

	for (size_t i = 0; i < count; i++) {
		struct tr_text *text = want[i].text;
		int is_null = sqlite3_column_type(stmt, want[i].column) == SQLITE_NULL;

		*text = tr_column_text(stmt, want[i].column);
		if (!is_null && !text->data)
			return TR_NOMEM;
		total += kept(*text, want[i].most_bytes) + strlen(want[i].mark);
	}
	at = malloc(total);
	if (!at)
		return TR_NOMEM;
	*block = at;
	for (size_t i = 0; i < count; i++)
		if (want[i].text->data)
			at = put(at, &want[i]);
	return TR_OK;
}

static struct want field(int column, struct tr_text *text)
{
	return (struct want){column, text, TR_FIELD_BYTES, TR_FIELD_CUT};
}

enum tr_err tr_columns_row(sqlite3_stmt *stmt, struct tr_row *row, void **block)
{
	const struct want want[] = {field(2, &row->event), field(3, &row->level),
	    {4, &row->message, TR_TEXT_BYTES, TR_TEXT_CUT}, field(5, &row->created_at),
	    field(6, &row->owner)};

	row->id = sqlite3_column_int64(stmt, 0);
	row->has_job = sqlite3_column_type(stmt, 1) != SQLITE_NULL;
	row->job_id = sqlite3_column_int64(stmt, 1);
	return copy_texts(stmt, want, sizeof(want) / sizeof(want[0]), block);
}

/* What a text of a job may have where those before it have taken so much. */
static size_t share(size_t taken_bytes)
{
	size_t left = taken_bytes < TR_FIELDS_BYTES ? TR_FIELDS_BYTES - taken_bytes : 0;

	if (left < TR_FIELD_LEAST_BYTES)
		return TR_FIELD_LEAST_BYTES;
	return left < TR_FIELD_BYTES ? left : TR_FIELD_BYTES;
}

/* Copies a job's texts, each with its share. A url that is cut is none. */
static enum tr_err copy_fields(sqlite3_stmt *stmt, struct want *want, size_t count,
    struct tr_job *job, size_t *taken_bytes, void **block)
{
	size_t most_bytes = share(*taken_bytes);
	enum tr_err err;

	for (size_t i = 0; i < count; i++)
		want[i].most_bytes = most_bytes;
	err = copy_texts(stmt, want, count, block);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		*taken_bytes += want[i].text->len;
	if (job->url.len > most_bytes)
		job->url = (struct tr_text){NULL, 0};
	return TR_OK;
}

static void read_numbers(sqlite3_stmt *stmt, struct tr_job *job)
{
	job->id = sqlite3_column_int64(stmt, 0);
	job->progress = sqlite3_column_type(stmt, 3) == SQLITE_NULL
			    ? (double)NAN
			    : sqlite3_column_double(stmt, 3);
	job->has_exit_code = sqlite3_column_type(stmt, 7) == SQLITE_INTEGER;
	job->exit_code = sqlite3_column_int64(stmt, 7);
}

enum tr_err tr_columns_job(
    sqlite3_stmt *stmt, struct tr_job *job, size_t *taken_bytes, void **block)
{
	struct want want[] = {field(1, &job->name), field(2, &job->state), field(4, &job->step),
	    field(5, &job->url), field(6, &job->error), field(8, &job->started_at),
	    field(9, &job->finished_at)};

	read_numbers(stmt, job);
	return copy_fields(stmt, want, sizeof(want) / sizeof(want[0]), job, taken_bytes, block);
}

enum tr_err tr_columns_job_whole(
    sqlite3_stmt *stmt, struct tr_job_whole *whole, size_t *taken_bytes, void **block)
{
	struct tr_job *job = &whole->job;
	struct want want[] = {field(1, &job->name), field(2, &job->state), field(4, &job->step),
	    field(5, &job->url), field(6, &job->error), field(8, &job->started_at),
	    field(9, &job->finished_at), field(10, &whole->created_at),
	    field(11, &whole->beat_at), field(12, &whole->host), field(13, &whole->cwd),
	    field(14, &whole->key), field(15, &whole->owner)};

	read_numbers(stmt, job);
	whole->has_signal = sqlite3_column_type(stmt, 16) == SQLITE_INTEGER;
	whole->signal = sqlite3_column_int64(stmt, 16);
	return copy_fields(stmt, want, sizeof(want) / sizeof(want[0]), job, taken_bytes, block);
}
