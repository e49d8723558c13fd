/* fuzz_progress.c: whatever a command prints, and however it comes.
 *
 * - The last byte of the input is the mode and a seed for the cutting; among the others SWITCH
 * goes to the other stream and FLUSH flushes the one at hand.
 * - However it is cut, the same items come out; each is well formed, sections are balanced, and
 *   what is surely no markup is not lost.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/inputs.h"
#include "../unit/items.h"
#include "base/buf.h"
#include "progress/markup.h"
#include "progress/sections.h"

#define SWITCH '\xf5'
#define FLUSH '\xf6'

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct input {
	const char *bytes;
	size_t len;
	enum tr_markup_mode mode;
	uint64_t seed;
};

struct seen {
	struct tr_buf items;
	struct tr_buf lines; /* of standard output, each with its LF */
	size_t depth;
};

static int is_level(const char *level)
{
	return level && (!strcmp(level, "debug") || !strcmp(level, "info") ||
			    !strcmp(level, "warn") || !strcmp(level, "error"));
}

static void see(void *arg, const struct tr_item *item)
{
	struct seen *seen = arg;

	items_write(&seen->items, item);
	switch (item->kind) {
	case TR_ITEM_LINE:
		assert(is_level(item->level) && item->text);
		assert(item->text_len <= 3 * TR_MARKUP_LINE_MAX_BYTES);
		assert(!memchr(item->text, '\n', item->text_len));
		if (item->from == TR_FROM_STDERR)
			break;
		tr_buf_add(&seen->lines, item->text, item->text_len);
		tr_buf_adds(&seen->lines, "\n");
		break;
	case TR_ITEM_PROGRESS:
		assert(isnan(item->percent) || (item->percent >= 0 && item->percent <= 100));
		assert(!item->text || item->text_len);
		break;
	case TR_ITEM_GROUP:
		assert(++seen->depth <= TR_SECTIONS_MAX);
		break;
	case TR_ITEM_GROUP_END:
		assert(seen->depth--);
		break;
	}
}

/* Feeds the input in pieces, of sizes up to max or up to the next SWITCH or FLUSH. */
static struct seen look(const struct input *in, size_t max)
{
	static const char stops[] = {SWITCH, FLUSH, '\0'};
	enum tr_markup_from from = TR_FROM_STDOUT;
	struct seen seen = {0};
	struct tr_markup *m = tr_markup_new(in->mode, see, &seen);
	uint64_t seed = in->seed;
	size_t len, size;

	assert(m);
	for (size_t at = 0; at < in->len; at += len) {
		const char *piece = in->bytes + at;

		len = 1;
		if (*piece == SWITCH) {
			from = from == TR_FROM_STDOUT ? TR_FROM_STDERR : TR_FROM_STDOUT;
		} else if (*piece == FLUSH) {
			tr_markup_flush(m, from);
		} else {
			size = 1 + random_below(&seed, max);
			while (
			    len < size && at + len < in->len && !memchr(stops, piece[len], 2))
				len++;
			tr_markup_feed(m, from, piece, len);
		}
	}
	tr_markup_end(m);
	tr_markup_free(m);
	assert(!seen.depth && tr_buf_err(&seen.items) == TR_OK);
	return seen;
}

static void free_seen(struct seen *seen)
{
	tr_buf_free(&seen->items);
	tr_buf_free(&seen->lines);
}

static int same(const struct tr_buf *a, const struct tr_buf *b)
{
	return a->len == b->len && (!a->len || memcmp(a->data, b->data, a->len) == 0);
}

static int has(const struct input *in, const char *word)
{
	return memmem(in->bytes, in->len, word, strlen(word)) != NULL;
}

/* Letters and blanks only. */
static int is_prose(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalpha((unsigned char)line[i]) && line[i] != ' ')
			return 0;
	return len > 0;
}

/* Every line of prose comes out, in order. Left out are inputs that may change lines. */
static void assert_prose_kept(const struct input *in, const struct seen *seen)
{
	const char *at = in->bytes, *end = at + in->len, *line_end, *found = seen->lines.data;
	struct tr_buf line = {0};

	if (in->mode == TR_MARKUP_GAUGE || has(in, "\r") || has(in, "\x1b") ||
	    has(in, "\xf5") || has(in, "\xf6") || has(in, "mask") || has(in, "secret"))
		return;
	for (; at < end; at = line_end + 1) {
		line_end = memchr(at, '\n', (size_t)(end - at));
		line_end = line_end ? line_end : end;
		if (!is_prose(at, (size_t)(line_end - at)))
			continue;
		tr_buf_clear(&line);
		tr_buf_add(&line, at, (size_t)(line_end - at));
		tr_buf_adds(&line, "\n");
		assert(found);
		found = memmem(found, (size_t)(seen->lines.data + seen->lines.len - found),
		    line.data, line.len);
		assert(found);
		found += line.len;
	}
	tr_buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct input in = {(const char *)input, size - 1, TR_MARKUP_AUTO, 0};
	struct seen whole, cut, bytes;

	if (!size)
		return 0;
	in.mode = (enum tr_markup_mode)(input[size - 1] % 3);
	in.seed = input[size - 1];
	whole = look(&in, SIZE_MAX);
	cut = look(&in, 40);
	bytes = look(&in, 1);
	assert(same(&whole.items, &cut.items) && same(&whole.items, &bytes.items));
	assert_prose_kept(&in, &whole);
	free_seen(&whole);
	free_seen(&cut);
	free_seen(&bytes);
	return 0;
}
