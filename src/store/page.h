/* page.h: which rows of a long table make up a page, how many there are in all, and how many
 * come before it.
 *
 * - Every row is looked at, so that total and rank are exact: some 150 ns each. Where they
 *   take longer than TR_PAGE_BUDGET_MS the page comes first, and the count is a lower bound.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_PAGE_H
#define TR_STORE_PAGE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"
#include "store/filter.h"

#define TR_PAGE_ROWS 1000 /* the most in one page */
#define TR_PAGE_BUDGET_MS 1000

enum tr_page_from {
	TR_PAGE_LAST,	/* the last rows */
	TR_PAGE_BEFORE, /* the last rows below the id `at` */
	TR_PAGE_AFTER,	/* the first rows above it */
	TR_PAGE_AROUND, /* half of them below it, the others from it on */
	TR_PAGE_RANK,	/* the rows that come after `at` others */
};

/* Which page. */
struct tr_page_ask {
	enum tr_page_from from;
	int64_t at; /* 0 or more */
	int limit;  /* 0 to TR_PAGE_ROWS rows; 0: they are only counted */
};

/* The rows that it is a page of. */
struct tr_page_table {
	sqlite3 *db;
	const char *select;  /* a SELECT of id and whatever matches() needs, up to a condition;
				` AND id …` follows, and ?1 is ours */
	const char *in_part; /* the same with texts in part (part.h) */
	int (*bind)(const void *arg, sqlite3_stmt *stmt, int *index); /* its parameters, from
			       ?2 on, as tr_filter_bind() */
	int (*matches)(const void *arg, sqlite3_stmt *stmt); /* whether its row counts */
	const void *arg;
	enum tr_table table;	       /* of that SELECT */
	const struct tr_filter *scope; /* only rows of its jobs and owner; NULL: all */
};

struct tr_page {
	int64_t ids[TR_PAGE_ROWS]; /* rising */
	int count;
	int64_t total; /* how many rows match; at least so many where it is not complete */
	int64_t rank;  /* how many of them come before the first of the page; -1: not known */
	int complete;  /* all were looked at */
	int64_t next;  /* where to go on in the same direction, with TR_PAGE_AFTER or (from the
			  last, or before) TR_PAGE_BEFORE; -1: there is nothing more */
};

/* Finds the page. To be called inside a transaction of the caller's, where its rows are then
 * read. TR_OK; otherwise TR_BUSY, TR_DB or TR_NOMEM with the sentence in *why, and the page
 * has no rows. */
enum tr_err tr_page_find(const struct tr_page_table *table, const struct tr_page_ask *ask,
    struct tr_page *page, struct tr_why *why);

#endif
