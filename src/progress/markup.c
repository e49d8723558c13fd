/* markup.c: cuts a command's streams into lines, and follows what a carriage return rewrites.
 *
 * - A line that comes whole in one call, with no CR and no ESC, is never copied.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/markup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct stream {
	char
	    *line; /* the line so far, or since its last CR: TR_MARKUP_LINE_MAX_BYTES of room */
	size_t len;
	int cr;	       /* a CR came last; the next byte tells whether it ends the line */
	int rewritten; /* a CR took back what the line held before */
	int goes_on;   /* a first part of this line was given out */
};

struct tr_markup {
	enum tr_markup_mode mode;
	tr_item_sink *sink;
	void *arg;
	struct stream streams[TR_FROMS];
};

struct tr_markup *tr_markup_new(enum tr_markup_mode mode, tr_item_sink *sink, void *arg)
{
	struct tr_markup *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->mode = mode;
	m->sink = sink;
	m->arg = arg;
	for (int from = 0; from < TR_FROMS; from++) {
		m->streams[from].line = malloc(TR_MARKUP_LINE_MAX_BYTES);
		if (!m->streams[from].line) {
			tr_markup_free(m);
			return NULL;
		}
	}
	return m;
}

void tr_markup_free(struct tr_markup *m)
{
	if (!m)
		return;
	for (int from = 0; from < TR_FROMS; from++)
		free(m->streams[from].line);
	free(m);
}

static void give_line(
    struct tr_markup *m, enum tr_markup_from from, const char *text, size_t len)
{
	struct tr_item item = {
	    .kind = TR_ITEM_LINE, .from = from, .text = text, .text_len = len};

	item.level = from == TR_FROM_STDERR ? "error" : "info";
	item.percent = NAN;
	m->sink(m->arg, &item);
}

/* Whether a rewritten line was blanked: then the terminal shows nothing of it. */
static int is_blank(const char *text, size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	return !len;
}

static void give_part(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = &m->streams[from];

	give_line(m, from, s->line, s->len);
	s->len = 0;
	s->goes_on = 1;
	s->rewritten = 0;
}

/* Adds bytes without CR and LF to the line. */
static void add(struct tr_markup *m, enum tr_markup_from from, const char *bytes, size_t len)
{
	struct stream *s = &m->streams[from];
	size_t part;

	if (!len)
		return;
	if (s->cr) {
		s->cr = 0;
		s->rewritten = 1;
		s->len = 0;
	}
	for (; len; bytes += part, len -= part) {
		if (s->len == TR_MARKUP_LINE_MAX_BYTES)
			give_part(m, from);
		part = TR_MARKUP_LINE_MAX_BYTES - s->len;
		part = len < part ? len : part;
		memcpy(s->line + s->len, bytes, part);
		s->len += part;
	}
}

static void end_line(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = &m->streams[from];

	if (!(s->goes_on && !s->len) && !(s->rewritten && is_blank(s->line, s->len)))
		give_line(m, from, s->line, s->len);
	s->len = 0;
	s->cr = s->rewritten = s->goes_on = 0;
}

static int at_line_start(const struct stream *s)
{
	return !s->len && !s->cr && !s->rewritten && !s->goes_on;
}

static const char *find(const char *from, const char *end, char c)
{
	const char *at = memchr(from, c, (size_t)(end - from));

	return at ? at : end;
}

void tr_markup_feed(
    struct tr_markup *m, enum tr_markup_from from, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len, *stop;
	const char *lf, *cr;
	struct stream *s = &m->streams[from];

	if (!len)
		return;
	lf = find(at, end, '\n');
	cr = find(at, end, '\r');
	while (at < end) {
		stop = lf < cr ? lf : cr;
		if (stop == lf && lf < end && at_line_start(s)) {
			give_line(m, from, at, (size_t)(stop - at));
		} else {
			add(m, from, at, (size_t)(stop - at));
			if (stop == end)
				return;
			if (stop == lf)
				end_line(m, from);
			else
				s->cr = 1;
		}
		at = stop + 1;
		if (lf < at)
			lf = find(at, end, '\n');
		if (cr < at)
			cr = find(at, end, '\r');
	}
}

void tr_markup_flush(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = &m->streams[from];

	if (s->len && !s->cr && !s->rewritten)
		give_part(m, from);
}

void tr_markup_end(struct tr_markup *m)
{
	for (int from = 0; from < TR_FROMS; from++)
		if (!at_line_start(&m->streams[from]))
			end_line(m, (enum tr_markup_from)from);
}
