/* result.c: reads a stream's statement in table mode: the whole result, bounded.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "store/row.h"

#define FIRST_ROWS 64 /* a power of two */

static void add_real(struct tr_buf *out, double value)
{
	char text[32];

	if (!isfinite(value)) {
		tr_buf_adds(out, "null"); /* JSON has no infinity */
		return;
	}
	snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, sizeof(text), "%.17g", value);
	tr_buf_adds(out, text);
}

static void add_hex(struct tr_buf *out, const unsigned char *bytes, int len)
{
	tr_buf_adds(out, "\"");
	for (int i = 0; i < len; i++)
		tr_buf_addf(out, "%02X", bytes[i]);
	tr_buf_adds(out, "\"");
}

static void add_value(struct tr_buf *out, sqlite3_stmt *stmt, int column)
{
	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_INTEGER:
		tr_buf_addf(out, "%lld", (long long)sqlite3_column_int64(stmt, column));
		break;
	case SQLITE_FLOAT:
		add_real(out, sqlite3_column_double(stmt, column));
		break;
	case SQLITE_TEXT:
		tr_quote_json(out, (const char *)sqlite3_column_text(stmt, column),
		    (size_t)sqlite3_column_bytes(stmt, column));
		break;
	case SQLITE_BLOB:
		add_hex(
		    out, sqlite3_column_blob(stmt, column), sqlite3_column_bytes(stmt, column));
		break;
	default:
		tr_buf_adds(out, "null");
	}
}

/* Makes room for one more row. Returns it, or NULL. */
static struct tr_result_row *new_row(struct tr_result *result)
{
	int count = result->count;
	struct tr_result_row *rows;

	if (count == 0 || (count >= FIRST_ROWS && (count & (count - 1)) == 0)) {
		size_t cap = count ? 2 * (size_t)count : FIRST_ROWS;

		rows = realloc(result->rows, cap * sizeof(*rows));
		if (!rows)
			return NULL;
		result->rows = rows;
	}
	return &result->rows[result->count++];
}

static void add_columns(struct tr_buf *out, sqlite3_stmt *stmt, int topic)
{
	const char *comma = "{";

	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *name = sqlite3_column_name(stmt, i);

		if (i == topic)
			continue;
		tr_buf_adds(out, comma);
		tr_quote_json(out, name ? name : "", name ? strlen(name) : 0);
		tr_buf_adds(out, ":");
		add_value(out, stmt, i);
		comma = ",";
	}
	tr_buf_adds(out, "}");
}

/* Adds the row that was stepped to. */
static enum tr_err add_row(struct tr_result *result, sqlite3_stmt *stmt, int topic)
{
	struct tr_buf *out = &result->bytes;
	struct tr_result_row *row = new_row(result);

	if (!row)
		return TR_NOMEM;
	row->at = out->len;
	add_value(out, stmt, 0);
	row->key_len = out->len - row->at;
	if (topic >= 0)
		tr_buf_add(out, sqlite3_column_text(stmt, topic),
		    (size_t)sqlite3_column_bytes(stmt, topic));
	row->topic_len = out->len - row->at - row->key_len;
	add_columns(out, stmt, topic);
	row->row_len = out->len - row->at - row->key_len - row->topic_len;
	return tr_buf_err(out);
}

static enum tr_err take_row(
    const struct tr_statement *st, struct tr_result *result, int topic, struct tr_why *why)
{
	const char *name = st->section->name;
	int type = sqlite3_column_type(st->stmt, 0);

	if (type == SQLITE_NULL || type == SQLITE_BLOB)
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: the key, which is the first column, is %s in row %d", name,
		    type == SQLITE_NULL ? "NULL" : "a BLOB", result->count + 1);
	if (result->count == TR_IMAGE_ROWS)
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: more than %d rows: choose fewer with WHERE", name,
		    TR_IMAGE_ROWS);
	if (add_row(result, st->stmt, topic))
		return tr_fail(why, TR_NOMEM, "out of memory");
	if (result->bytes.len > TR_IMAGE_BYTES)
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: more than %d bytes: choose fewer columns or rows", name,
		    TR_IMAGE_BYTES);
	return TR_OK;
}

static int compare_texts(const void *a, const void *b)
{
	const struct tr_text *x = a, *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static enum tr_err check_keys(
    const struct tr_statement *st, const struct tr_result *result, struct tr_why *why)
{
	struct tr_text *keys = calloc((size_t)result->count + 1, sizeof(*keys));
	enum tr_err err = TR_OK;

	if (!keys)
		return tr_fail(why, TR_NOMEM, "out of memory");
	for (int i = 0; i < result->count; i++)
		keys[i] = (struct tr_text){
		    result->bytes.data + result->rows[i].at, result->rows[i].key_len};
	qsort(keys, (size_t)result->count, sizeof(*keys), compare_texts);
	for (int i = 1; i < result->count && !err; i++)
		if (compare_texts(&keys[i - 1], &keys[i]) == 0)
			err = tr_fail(why, TR_INVALID,
			    "[stream %s]: the key %.*s comes twice: the first column must "
			    "tell the rows apart",
			    st->section->name, (int)(keys[i].len < 80 ? keys[i].len : 80),
			    keys[i].data);
	free(keys);
	return err;
}

enum tr_err tr_result_read(
    struct tr_statement *st, struct tr_result *result, struct tr_why *why)
{
	int topic = tr_statement_column(st, "topic");
	enum tr_err err = tr_statement_begin(st, NULL, 0, 0, why);

	tr_buf_clear(&result->bytes);
	result->count = 0;
	while (!err && !(err = tr_statement_step(st, why)))
		err = take_row(st, result, topic, why);
	tr_statement_end(st);
	return err == TR_ABSENT ? check_keys(st, result, why) : err;
}
