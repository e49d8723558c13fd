/* markup.c: cuts a command's streams into lines, and follows what a carriage return rewrites.
 *
 * - A line that comes whole in one call, with no CR and no ESC, is not copied.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/markup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "progress/escape.h"
#include "progress/formats.h"
#include "progress/lines.h"
#include "progress/reader.h"
#include "progress/text.h"

#define BAR_MAX_BYTES 1024 /* of a state of a rewritten line: bars are short */

struct stream {
	char line[TR_MARKUP_LINE_MAX_BYTES]; /* the line so far, or its last state */
	size_t len;
	int has_escape;
	int cr;	       /* a CR came last; the next byte tells whether it ends the line */
	int rewritten; /* a CR took back what the line held before */
	int goes_on;   /* a first part of the line was given out */
	struct tr_aside aside; /* has begun where its len is not 0 */
};

struct tr_markup {
	struct stream streams[TR_FROMS];
	struct tr_reader reader;
	struct tr_lines lines;
};

struct tr_markup *tr_markup_new(enum tr_markup_mode mode, tr_item_sink *sink, void *arg)
{
	struct tr_markup *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->reader.sink = sink;
	m->reader.arg = arg;
	m->reader.line_percent = NAN;
	tr_phase_init(&m->reader.phase);
	tr_lines_init(&m->lines, mode, &m->reader);
	return m;
}

void tr_markup_free(struct tr_markup *m)
{
	free(m);
}

static struct tr_line line_of(const struct tr_markup *m, enum tr_markup_from from)
{
	const struct stream *s = m->streams + from;

	return (struct tr_line){from, s->line, s->len, s->has_escape, s->rewritten};
}

/* Reads the last state of a rewritten line for a percentage. What is found in the beginning of
 * a state is found in the whole of it, so that it makes no difference when this is called. */
static void read_bar(struct tr_markup *m, enum tr_markup_from from, enum tr_bar_end end)
{
	struct stream *s = m->streams + from;
	size_t len = s->len < BAR_MAX_BYTES ? s->len : BAR_MAX_BYTES;

	if (m->lines.mode == TR_MARKUP_NONE || s->goes_on)
		return;
	tr_escape_strip(m->lines.plain, s->line, len);
	tr_bar(&m->reader, from, m->lines.plain, end);
}

/* Gives out the first len bytes of the line, and keeps the others. */
static void give_part(struct tr_markup *m, enum tr_markup_from from, size_t len)
{
	struct stream *s = m->streams + from;
	struct tr_line part = line_of(m, from);

	if (s->rewritten)
		read_bar(m, from, TR_BAR_STANDS);
	part.len = len;
	tr_lines_take_part(&m->lines, &part, !s->goes_on);
	s->len -= len;
	memmove(s->line, s->line + len, s->len);
	s->goes_on = 1;
}

/* A state of the line that a CR ended, and that something follows. */
static void end_state(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = m->streams + from;
	struct tr_line state = line_of(m, from);
	char *plain;

	tr_lines_settle(&m->lines, from);
	read_bar(m, from, TR_BAR_CR);
	plain = tr_lines_plain(&m->lines, &state);
	if (plain && m->lines.mode != TR_MARKUP_NONE && !s->goes_on)
		tr_gitlab_segment(&m->reader, from, plain);
	s->cr = 0;
	s->rewritten = 1;
	s->len = 0;
}

/* Adds bytes without CR and LF to the line. */
static void add(struct tr_markup *m, enum tr_markup_from from, const char *bytes, size_t len)
{
	struct stream *s = m->streams + from;
	size_t room, safe;

	if (len && s->cr)
		end_state(m, from);
	for (; len; bytes += room, len -= room) {
		if (s->len == sizeof(s->line)) {
			safe = tr_masks_safe(&m->reader.masks, s->line, s->len);
			give_part(m, from, safe ? safe : s->len);
		}
		room = sizeof(s->line) - s->len;
		room = len < room ? len : room;
		memcpy(s->line + s->len, bytes, room);
		s->len += room;
	}
}

/* A rewritten line's last state. Returns whether it is a line of the log: one that was blanked
 * shows nothing. */
static int end_rewritten(struct tr_markup *m, const struct tr_line *line)
{
	char *plain;

	read_bar(m, line->from, TR_BAR_LF);
	plain = tr_lines_plain(&m->lines, line);
	plain = plain ? tr_text_skip_blanks(plain) : NULL;
	if (tr_gitlab_title(&m->reader, line->from, plain ? plain : ""))
		return 0;
	return !plain || *plain;
}

static void end_line(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = m->streams + from;
	struct tr_line line = line_of(m, from);

	if (s->goes_on) {
		if (line.len)
			tr_lines_take_part(&m->lines, &line, 0);
	} else if (!s->rewritten || end_rewritten(m, &line)) {
		tr_lines_take(&m->lines, &line);
	}
	s->len = 0;
	s->has_escape = s->cr = s->rewritten = s->goes_on = 0;
}

static int at_line_start(const struct stream *s)
{
	return !s->len && !s->cr && !s->rewritten && !s->goes_on;
}

static void tell_osc(struct tr_markup *m, enum tr_markup_from from)
{
	const struct tr_aside *aside = &m->streams[from].aside;

	if (aside->state == 0 || aside->state == 3)
		tr_reader_clear(&m->reader, from, TR_SOURCE_OSC);
	else if (aside->state > 0 && aside->percent >= 0)
		tr_reader_percent(&m->reader, from, TR_SOURCE_OSC, aside->percent, NULL);
}

static void tell_drawing(struct tr_markup *m, enum tr_markup_from from)
{
	struct tr_aside *aside = &m->streams[from].aside;

	tr_escape_strip(m->lines.plain, aside->bytes, aside->len);
	tr_drawing(&m->reader, from, m->lines.plain);
}

/* What was taken for an aside is text; but an ESC that came last may begin another one. */
static void give_up_aside(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = m->streams + from;
	struct tr_aside *aside = &s->aside;
	size_t again = aside->len > 1 && aside->bytes[aside->len - 1] == TR_ESC;

	s->has_escape = 1;
	add(m, from, aside->bytes, aside->len - again);
	aside->bytes[0] = TR_ESC;
	aside->len = again;
}

/* Takes the next byte for the aside that has begun; returns whether it was taken. */
static int step_aside(struct tr_markup *m, enum tr_markup_from from, char byte)
{
	struct tr_aside *aside = &m->streams[from].aside;
	enum tr_aside_kind kind = tr_aside_step(aside, byte);

	if (kind == TR_ASIDE_MORE)
		return 1;
	if (kind == TR_ASIDE_NOT) {
		give_up_aside(m, from);
		return 0;
	}
	tr_lines_settle(&m->lines, from); /* what came before it first */
	if (m->streams[from].rewritten)
		read_bar(m, from, TR_BAR_STANDS);
	if (kind == TR_ASIDE_PROGRESS)
		tell_osc(m, from);
	else
		tell_drawing(m, from);
	aside->len = 0;
	return 1;
}

/* Where the next CR, LF and ESC are; end where there is none. Each is looked for again only
 * when it is passed, so the time is linear. */
struct stops {
	const char *lf, *cr, *esc;
};

static const char *find(const char *from, const char *end, char c)
{
	const char *at = memchr(from, c, (size_t)(end - from));

	return at ? at : end;
}

static const char *next_stop(struct stops *stops, const char *at, const char *end)
{
	const char *stop;

	if (!stops->lf || stops->lf < at)
		stops->lf = find(at, end, '\n');
	if (!stops->cr || stops->cr < at)
		stops->cr = find(at, end, '\r');
	if (!stops->esc || stops->esc < at)
		stops->esc = find(at, end, TR_ESC);
	stop = stops->lf < stops->cr ? stops->lf : stops->cr;
	return stops->esc < stop ? stops->esc : stop;
}

/* Takes a line that begins and ends in the bytes at hand. */
static void take_whole(
    struct tr_markup *m, enum tr_markup_from from, const char *text, size_t len)
{
	struct tr_line line = {from, text, len, 0, 0};

	tr_lines_take(&m->lines, &line);
}

static void take_stop(struct tr_markup *m, enum tr_markup_from from, const char *stop)
{
	struct stream *s = m->streams + from;

	if (*stop == '\n') {
		end_line(m, from);
	} else if (*stop == '\r') {
		s->cr = 1;
	} else if (m->lines.mode == TR_MARKUP_NONE) {
		s->has_escape = 1;
		add(m, from, stop, 1);
	} else {
		step_aside(m, from, *stop);
	}
}

static void feed(struct tr_markup *m, enum tr_markup_from from, const char *at, const char *end)
{
	struct stream *s = m->streams + from;
	struct stops stops = {0};
	const char *stop;

	while (at < end) {
		if (s->aside.len) {
			at += step_aside(m, from, *at);
			continue;
		}
		stop = next_stop(&stops, at, end);
		if (stop < end && *stop == '\n' && at_line_start(s) &&
		    stop - at <= TR_MARKUP_LINE_MAX_BYTES) {
			take_whole(m, from, at, (size_t)(stop - at));
		} else {
			add(m, from, at, (size_t)(stop - at));
			if (stop == end)
				return;
			take_stop(m, from, stop);
		}
		at = stop + 1;
	}
}

void tr_markup_feed(
    struct tr_markup *m, enum tr_markup_from from, const char *bytes, size_t len)
{
	if (!len)
		return;
	feed(m, from, bytes, bytes + len);
	if (m->streams[from].rewritten)
		read_bar(m, from, TR_BAR_STANDS);
}

void tr_markup_flush(struct tr_markup *m, enum tr_markup_from from)
{
	struct stream *s = m->streams + from;
	struct tr_line line = line_of(m, from);
	size_t len;

	tr_lines_settle(&m->lines, from);
	if (s->cr) /* the LF of a CRLF would have come */
		read_bar(m, from, TR_BAR_STANDS);
	if (!s->len || s->cr || s->rewritten || s->aside.len)
		return;
	if (!s->goes_on && tr_lines_may_be_markup(&m->lines, &line))
		return;
	len = tr_masks_safe(&m->reader.masks, s->line, s->len);
	if (len)
		give_part(m, from, len);
}

void tr_markup_end(struct tr_markup *m)
{
	for (enum tr_markup_from from = 0; from < TR_FROMS; from++) {
		while (m->streams[from].aside.len)
			give_up_aside(m, from);
		if (!at_line_start(m->streams + from))
			end_line(m, from);
		tr_lines_settle(&m->lines, from);
	}
	tr_reader_end_all(&m->reader);
}
