/* page.c: which rows of a long table make up a page, how many there are in all, and how many
 * come before it.
 *
 * - Two walks from one pivot, up and down; each takes the first rows that it is to have, and
 *   goes on counting to the end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/page.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/part.h"
#include "store/schema.h"

#define LOOK_ROWS 64 /* between two looks at the clock: a message may have megabytes */

/* One walk; {0} but for the first six. */
struct walk {
	const char *from;  /* its condition */
	const char *order; /* the end of the SELECT */
	int64_t pivot;
	int is_down;
	int64_t skip; /* so many matches are not taken */
	int want;     /* so many are, then */
	int64_t ids[TR_PAGE_ROWS];
	int taken;
	int64_t matched;
	int64_t last;  /* the id looked at last */
	int64_t bound; /* the ?1 that goes on after it */
	int ended;     /* there was no row left */
};

static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(db), sqlite3_db_filename(db, "main"), why);
}

/* Prepares what begins with select and goes on after the row that was looked at last. */
static enum tr_err prepare(const struct tr_page_table *table, const char *select,
    const struct walk *walk, sqlite3_stmt **stmt, struct tr_why *why)
{
	struct tr_buf sql = {0};
	enum tr_err err = TR_OK;
	int index = 2;

	tr_buf_adds(&sql, select);
	tr_buf_adds(&sql, walk->from);
	if (table->scope)
		tr_filter_jobs_sql(&sql, table->table, table->scope);
	tr_buf_adds(&sql, walk->order);
	if (tr_buf_err(&sql))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	else if (sqlite3_prepare_v2(table->db, sql.data, -1, stmt, NULL) != SQLITE_OK ||
		 sqlite3_bind_int64(*stmt, 1, walk->bound) != SQLITE_OK ||
		 table->bind(table->arg, *stmt, &index) != SQLITE_OK ||
		 (table->scope &&
		     tr_filter_bind_jobs(table->scope, *stmt, &index) != SQLITE_OK))
		err = failed(table->db, why);
	tr_buf_free(&sql);
	return err;
}

static void look_at(const struct tr_page_table *table, struct walk *walk, sqlite3_stmt *stmt)
{
	walk->last = sqlite3_column_int64(stmt, 0);
	walk->bound = walk->last - walk->is_down;
	if (!table->matches(table->arg, stmt))
		return;
	if (walk->matched >= walk->skip && walk->taken < walk->want)
		walk->ids[walk->taken++] = walk->last;
	walk->matched++;
}

/* A walk's statement. */
struct steps {
	sqlite3_stmt *stmt;
	int is_in_part;
	int rc; /* what SQLite said last */
};

/* Steps to the next row. Where its texts are too large, from there on in part. */
static enum tr_err next_row(const struct tr_page_table *table, const struct walk *walk,
    struct steps *steps, struct tr_why *why)
{
	enum tr_err err;

	steps->rc = steps->is_in_part ? sqlite3_step(steps->stmt) : tr_part_step(steps->stmt);
	if (steps->rc != SQLITE_TOOBIG || steps->is_in_part)
		return TR_OK;
	sqlite3_finalize(steps->stmt);
	steps->stmt = NULL;
	steps->is_in_part = 1;
	err = prepare(table, table->in_part, walk, &steps->stmt, why);
	if (!err)
		steps->rc = sqlite3_step(steps->stmt);
	return err;
}

static enum tr_err go(const struct tr_page_table *table, struct walk *walk, int64_t deadline_ns,
    struct tr_why *why)
{
	struct steps steps = {0};
	enum tr_err err;

	walk->last = walk->bound = walk->pivot;
	err = prepare(table, table->select, walk, &steps.stmt, why);
	for (int64_t n = 1; !err; n++) {
		err = next_row(table, walk, &steps, why);
		if (err || steps.rc != SQLITE_ROW)
			break;
		look_at(table, walk, steps.stmt);
		if (n % LOOK_ROWS == 0 && tr_mono_ns() >= deadline_ns)
			break;
	}
	if (!err && steps.rc != SQLITE_ROW && steps.rc != SQLITE_DONE)
		err = failed(table->db, why);
	walk->ended = steps.rc == SQLITE_DONE;
	sqlite3_finalize(steps.stmt);
	return err;
}

/* Where the walk would go on; -1: nowhere. */
static int64_t next_of(const struct walk *walk)
{
	if (walk->ended && walk->matched <= walk->skip + walk->taken)
		return -1;
	return walk->taken && walk->taken == walk->want ? walk->ids[walk->taken - 1]
							: walk->last;
}

/* The id at and below which the walk down begins, and above which the one up. */
static int64_t pivot_of(const struct tr_page_ask *ask)
{
	switch (ask->from) {
	case TR_PAGE_LAST:
		return INT64_MAX;
	case TR_PAGE_RANK:
		return INT64_MIN;
	case TR_PAGE_AFTER:
		return ask->at;
	default:
		return ask->at - 1;
	}
}

static void put_together(const struct walk *down, const struct walk *up, struct tr_page *page)
{
	for (int i = 0; i < down->taken; i++)
		page->ids[i] = down->ids[down->taken - 1 - i];
	memcpy(page->ids + down->taken, up->ids, (size_t)up->taken * sizeof(*up->ids));
	page->count = down->taken + up->taken;
	page->total = down->matched + up->matched;
	page->complete = down->ended && up->ended;
	page->rank = -1;
	if (down->ended)
		page->rank = down->matched - down->taken +
			     (up->skip < up->matched ? up->skip : up->matched);
}

enum tr_err tr_page_find(const struct tr_page_table *table, const struct tr_page_ask *ask,
    struct tr_page *page, struct tr_why *why)
{
	int64_t deadline_ns = tr_mono_ns() + TR_PAGE_BUDGET_MS * TR_NS_PER_MS;
	struct walk down = {.from = " AND id <= ?1",
	    .order = " ORDER BY id DESC",
	    .pivot = pivot_of(ask),
	    .is_down = 1};
	struct walk up = {
	    .from = " AND id > ?1", .order = " ORDER BY id", .pivot = pivot_of(ask)};
	int down_first = ask->from <= TR_PAGE_BEFORE || ask->from == TR_PAGE_AROUND;
	enum tr_err err = TR_OK;

	page->count = 0;
	if (down_first) {
		down.want = ask->from == TR_PAGE_AROUND ? ask->limit / 2 : ask->limit;
		err = go(table, &down, deadline_ns, why);
	}
	if (ask->from == TR_PAGE_RANK)
		up.skip = ask->at;
	if (ask->from > TR_PAGE_BEFORE)
		up.want = ask->limit - down.taken;
	if (!err)
		err = go(table, &up, deadline_ns, why);
	if (!err && !down_first)
		err = go(table, &down, deadline_ns, why);
	if (err)
		return err;
	put_together(&down, &up, page);
	page->next = next_of(ask->from <= TR_PAGE_BEFORE ? &down : &up);
	return TR_OK;
}
