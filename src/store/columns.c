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

/* Where a text column goes. */
struct want {
	int column;
	struct tr_text *text;
};

/* How much of a text is copied. */
static size_t kept(struct tr_text text)
{
	return text.len <= TR_TEXT_BYTES ? text.len : tr_utf8_whole(text.data, TR_TEXT_BYTES);
}

/* Copies it to `at`, where it is from now on. Returns where the next one goes. */
static char *put(char *at, struct tr_text *text)
{
	size_t len = kept(*text);
	int is_cut = len < text->len;

	memcpy(at, text->data, len);
	if (is_cut)
		memcpy(at + len, TR_TEXT_CUT, strlen(TR_TEXT_CUT));
	*text = (struct tr_text){at, is_cut ? len + strlen(TR_TEXT_CUT) : len};
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
		total += kept(*text) + strlen(TR_TEXT_CUT);
	}
	at = malloc(total);
	if (!at)
		return TR_NOMEM;
	*block = at;
	for (size_t i = 0; i < count; i++) {
		if (!want[i].text->data)
			continue;
		at = put(at, want[i].text);
	}
	return TR_OK;
}

enum tr_err tr_columns_row(sqlite3_stmt *stmt, struct tr_row *row, void **block)
{
	const struct want want[] = {{2, &row->event}, {3, &row->level}, {4, &row->message},
	    {5, &row->created_at}, {6, &row->owner}};

	row->id = sqlite3_column_int64(stmt, 0);
	row->has_job = sqlite3_column_type(stmt, 1) != SQLITE_NULL;
	row->job_id = sqlite3_column_int64(stmt, 1);
	return copy_texts(stmt, want, sizeof(want) / sizeof(want[0]), block);
}

enum tr_err tr_columns_job(sqlite3_stmt *stmt, struct tr_job *job, void **block)
{
	const struct want want[] = {{1, &job->name}, {2, &job->state}, {4, &job->step},
	    {5, &job->url}, {6, &job->error}, {8, &job->started_at}, {9, &job->finished_at}};

	job->id = sqlite3_column_int64(stmt, 0);
	job->progress = sqlite3_column_type(stmt, 3) == SQLITE_NULL
			    ? (double)NAN
			    : sqlite3_column_double(stmt, 3);
	job->has_exit_code = sqlite3_column_type(stmt, 7) == SQLITE_INTEGER;
	job->exit_code = sqlite3_column_int64(stmt, 7);
	return copy_texts(stmt, want, sizeof(want) / sizeof(want[0]), block);
}
