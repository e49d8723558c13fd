/* append.c: reads a stream's statement in append mode: rows after a cursor, as frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/append.h"

#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "store/filter.h"
#include "store/row.h"

#define DEFAULT_EVENT "message" /* what a browser calls a frame without a name */

/* Where the columns of the statement are; -1: there is none. */
struct columns {
	int id, data, event, topic;
};

static struct columns columns_of(const struct tr_statement *st)
{
	return (struct columns){
	    .id = tr_statement_column(st, "id"),
	    .data = tr_statement_column(st, "data"),
	    .event = tr_statement_column(st, "event"),
	    .topic = tr_statement_column(st, "topic"),
	};
}

/* The column's text, SQLite's until the next step. */
static struct tr_text text_of(const struct tr_statement *st, int column)
{
	struct tr_text text = {0};

	if (column >= 0) {
		text.data = (const char *)sqlite3_column_text(st->stmt, column);
		text.len = (size_t)sqlite3_column_bytes(st->stmt, column);
	}
	return text;
}

/* Reads the id of the row that was stepped to, which must be above position. */
static enum tr_err take_id(const struct tr_statement *st, int column, int64_t position,
    int64_t *id, struct tr_why *why)
{
	const char *name = st->section->name;

	if (sqlite3_column_type(st->stmt, column) != SQLITE_INTEGER)
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: the row after id %lld has an id that is no integer", name,
		    (long long)position);
	*id = sqlite3_column_int64(st->stmt, column);
	if (*id <= position)
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: id %lld came after %lld: the statement needs "
		    "WHERE id > :after ORDER BY id, and ids that rise",
		    name, (long long)*id, (long long)position);
	return TR_OK;
}

static void add_frame(
    const struct tr_statement *st, const struct columns *at, int64_t id, struct tr_buf *out)
{
	struct tr_text data = text_of(st, at->data);
	struct tr_text event = text_of(st, at->event);
	char name[TR_EVENT_SIZE] = DEFAULT_EVENT;
	struct tr_cursor cursor = {.n = id};
	char id_text[TR_CURSOR_SIZE];

	if (tr_event_name(event) && !tr_event_reserved(event))
		snprintf(name, sizeof(name), "%.*s", (int)event.len, event.data);
	memcpy(cursor.epoch, st->epoch, sizeof(cursor.epoch));
	tr_cursor_format(id_text, &cursor);
	tr_frame_add(out, name, id_text, data.data, data.len);
}

enum tr_err tr_append_next(struct tr_statement *st, const struct tr_viewer *viewer,
    struct tr_append_read *read, struct tr_buf *out, struct tr_why *why)
{
	struct columns at = columns_of(st);
	size_t begun = out->len;
	int rows = 0;
	enum tr_err err = tr_statement_begin(st, viewer, read->position, TR_APPEND_ROWS, why);

	read->frames = read->more = 0;
	while (!err && !read->more && !(err = tr_statement_step(st, why))) {
		struct tr_text topic = text_of(st, at.topic);

		err = take_id(st, at.id, read->position, &read->position, why);
		if (!err && tr_viewer_sees(viewer, st->section, topic.data, topic.len)) {
			add_frame(st, &at, read->position, out);
			read->frames++;
		}
		rows++;
		read->more = rows == TR_APPEND_ROWS || out->len - begun >= TR_APPEND_BYTES;
	}
	tr_statement_end(st);
	if (err == TR_ABSENT)
		return TR_OK;
	if (err)
		out->len = begun;
	return err;
}

/* Counts the rows above after, at most `most`; the last of them is *last. */
static enum tr_err count_above(struct tr_statement *st, const struct tr_viewer *viewer,
    int64_t after, int64_t most, int64_t *count, int64_t *last, struct tr_why *why)
{
	int column = tr_statement_column(st, "id");
	enum tr_err err = tr_statement_begin(st, viewer, after, most, why);

	*last = after;
	for (*count = 0; !err && *count < most; ++*count)
		if ((err = tr_statement_step(st, why)) ||
		    (err = take_id(st, column, *last, last, why)))
			break;
	tr_statement_end(st);
	return err == TR_ABSENT ? TR_OK : err;
}

/* The lowest position above which there are at most `most` rows. */
static enum tr_err halve(struct tr_statement *st, const struct tr_viewer *viewer, int64_t most,
    int64_t *position, struct tr_why *why)
{
	int64_t low = 0, high = INT64_MAX, count, last;
	enum tr_err err = count_above(st, viewer, low, most + 1, &count, &last, why);

	if (count <= most)
		high = low;
	while (!err && high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		err = count_above(st, viewer, middle, most + 1, &count, &last, why);
		if (count > most)
			low = middle;
		else
			high = middle;
	}
	*position = high;
	return err;
}

enum tr_err tr_append_bounds(struct tr_statement *st, const struct tr_viewer *viewer,
    int64_t tail, int64_t *newest, int64_t *position, struct tr_why *why)
{
	enum tr_err err = halve(st, viewer, 0, newest, why);

	*position = *newest;
	if (!err && tail)
		err = halve(st, viewer, tail, position, why);
	return err;
}
