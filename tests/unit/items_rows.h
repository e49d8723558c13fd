/* items_rows.h: tables of what a command prints and of what a markup reader makes of it.
 *
 * - Include it after cmocka.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_ITEMS_ROWS_H
#define TR_TESTS_ITEMS_ROWS_H

#include "items.h"

/* What goes in on a stream, and what comes out. */
struct items_row {
	enum tr_markup_from from;
	const char *in;
	size_t len;
	const char *want;
};

#define OUT(in, want)                                                                          \
	{                                                                                      \
		TR_FROM_STDOUT, in, sizeof(in) - 1, want                                       \
	}
#define ERR(in, want)                                                                          \
	{                                                                                      \
		TR_FROM_STDERR, in, sizeof(in) - 1, want                                       \
	}
#define ASSERT_ROWS(mode, rows) items_assert(mode, rows, sizeof(rows) / sizeof(*rows))

/* Each row, cut into pieces of every size, gives what it wants. */
static inline void items_assert(
    enum tr_markup_mode mode, const struct items_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t cut = 1; cut <= rows[i].len; cut++) {
			struct items got;

			items_open(&got, mode);
			items_feed_cut(&got, rows[i].from, rows[i].in, rows[i].len, cut);
			assert_string_equal(items_close(&got), rows[i].want);
			items_free(&got);
		}
}

#endif
