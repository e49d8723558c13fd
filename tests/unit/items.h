/* items.h: what a markup reader gives out, written down as text that a test can compare.
 *
 * - One line an item: `info TEXT` (the level and the line), `progress 45.5 STEP` (`?` for an
 *   unknown percentage), `group TITLE`, `group-end TITLE`.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_ITEMS_H
#define TR_TESTS_ITEMS_H

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "progress/markup.h"

struct items {
	struct tr_markup *m;
	struct tr_buf text;
};

static inline void items_write(void *arg, const struct tr_item *item)
{
	struct tr_buf *out = arg;

	switch (item->kind) {
	case TR_ITEM_LINE:
		tr_buf_addf(out, "%s ", item->level);
		break;
	case TR_ITEM_PROGRESS:
		tr_buf_adds(out, "progress ");
		if (isnan(item->percent))
			tr_buf_adds(out, "?");
		else
			tr_buf_addf(out, "%.7g", item->percent);
		tr_buf_adds(out, item->text ? " " : "");
		break;
	case TR_ITEM_GROUP:
		tr_buf_adds(out, "group ");
		break;
	case TR_ITEM_GROUP_END:
		tr_buf_adds(out, "group-end ");
		break;
	}
	if (item->text)
		tr_buf_add(out, item->text, item->text_len);
	tr_buf_adds(out, "\n");
}

/* Does not move afterwards: the reader holds the address of text. */
static inline void items_open(struct items *it, enum tr_markup_mode mode)
{
	memset(it, 0, sizeof(*it));
	it->m = tr_markup_new(mode, items_write, &it->text);
	assert(it->m);
}

static inline void items_feed(struct items *it, enum tr_markup_from from, const char *text)
{
	tr_markup_feed(it->m, from, text, strlen(text));
}

/* Feeds in pieces of cut bytes. */
static inline void items_feed_cut(
    struct items *it, enum tr_markup_from from, const char *bytes, size_t len, size_t cut)
{
	for (size_t at = 0; at < len; at += cut)
		tr_markup_feed(it->m, from, bytes + at, len - at < cut ? len - at : cut);
}

/* Ends the streams; the whole text. */
static inline const char *items_close(struct items *it)
{
	tr_markup_end(it->m);
	assert(tr_buf_err(&it->text) == TR_OK);
	return it->text.data ? it->text.data : "";
}

static inline void items_free(struct items *it)
{
	tr_markup_free(it->m);
	tr_buf_free(&it->text);
}

#endif
