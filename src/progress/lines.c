/* lines.c: what a line is: markup, or a line of the log, and of which level.
 *
 * - A line that is no markup costs a look at its first byte that is no blank, and the few
 *   comparisons of level.c. It is not copied.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/lines.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "progress/escape.h"
#include "progress/formats.h"
#include "progress/level.h"

#define LEVEL_HEAD_BYTES 256 /* enough for what level.c reads, colours among it */

/* How a line begins that a format is asked about, in the order of the first byte. */
static const struct row {
	const char *prefix;
	tr_take *take;
	int at_margin; /* not where blanks stand before it */
} rows[] = {
    {"", NULL, 0}, /* so that row 0 is none */
    {"##[", tr_take_azure, 0},
    {"##vso[", tr_take_azure, 0},
    {"##teamcity[", tr_take_teamcity, 0},
    {"% Total    % Received", tr_take_curl_heading, 0},
    {"+++ ", tr_take_buildkite, 1},
    {"--- ", tr_take_buildkite, 1},
    {"::", tr_take_github, 0},
    {"@@ -", tr_take_diff_hunk, 1},
    {"Dload  Upload", tr_take_curl_heading, 0},
    {"Duration: ", tr_take_ffmpeg_input, 0},
    {"Input #", tr_take_ffmpeg_input, 1},
    {"STATUS=", tr_take_status, 1},
    {"bitrate=", tr_take_ffmpeg, 1},
    {"building file list", tr_take_rsync_list, 1},
    {"dlstatus:", tr_take_apt, 1},
    {"frame=", tr_take_ffmpeg, 1},
    {"pmerror:", tr_take_apt, 1},
    {"pmstatus:", tr_take_apt, 1},
    {"receiving file list", tr_take_rsync_list, 1},
    {"receiving incremental file list", tr_take_rsync_list, 1},
    {"sending incremental file list", tr_take_rsync_list, 1},
    {"{", tr_take_json, 0},
    {"~~~ ", tr_take_buildkite, 1},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

void tr_lines_init(struct tr_lines *l, enum tr_markup_mode mode, struct tr_reader *reader)
{
	l->mode = mode;
	l->reader = reader;
	for (size_t i = ROWS - 1; i > 0; i--)
		l->first_row[(unsigned char)*rows[i].prefix] = (unsigned char)i;
}

static size_t blanks(const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && (text[count] == ' ' || text[count] == '\t'))
		count++;
	return count;
}

/* The row whose prefix text begins with behind its blanks; where is_part, also one that it may
 * begin with when more of it comes. NULL: none. */
static const struct row *find_row(
    const struct tr_lines *l, const char *text, size_t len, int is_part)
{
	size_t skip = blanks(text, len), rest = len - skip, size;
	const char *at = text + skip;
	size_t i = rest ? l->first_row[(unsigned char)*at] : 0;

	for (; i && i < ROWS && *rows[i].prefix == *at; i++) {
		size = strlen(rows[i].prefix);
		if (rest < size && is_part)
			size = rest;
		if (rest >= size && memcmp(at, rows[i].prefix, size) == 0)
			return rows[i].at_margin && skip ? NULL : rows + i;
	}
	return NULL;
}

static int is_gauge(const struct tr_lines *l, enum tr_markup_from from)
{
	return l->mode == TR_MARKUP_GAUGE && from == TR_FROM_STDOUT;
}

static int begins_with_number(const char *text, size_t len)
{
	size_t skip = blanks(text, len);

	return skip < len && isdigit((unsigned char)text[skip]);
}

char *tr_lines_plain(struct tr_lines *l, const struct tr_line *line)
{
	size_t len;

	assert(line->len < sizeof(l->plain));
	len = tr_escape_strip(l->plain, line->text, line->len);
	return strlen(l->plain) == len ? l->plain : NULL;
}

int tr_lines_may_be_markup(struct tr_lines *l, const struct tr_line *line)
{
	const char *plain = tr_lines_plain(l, line);

	return l->mode != TR_MARKUP_NONE && plain &&
	       (is_gauge(l, line->from) || find_row(l, plain, strlen(plain), 1));
}

/* Whether a line has to be looked at more closely. */
static int is_suspect(const struct tr_lines *l, const struct tr_line *line)
{
	return l->reader->alert[line->from] || line->has_escape || is_gauge(l, line->from) ||
	       begins_with_number(line->text, line->len) ||
	       find_row(l, line->text, line->len, 0);
}

/* Asks the formats about a line, given without its escape sequences. */
static enum tr_take ask(struct tr_lines *l, const struct tr_line *line, char *plain)
{
	const struct row *row = find_row(l, plain, strlen(plain), 0);
	struct tr_reader *r = l->reader;
	enum tr_take take = TR_TAKE_NOT;

	if (*r->stop_token)
		return tr_github_resumes(r, plain) ? TR_TAKE_OUT : TR_TAKE_NOT;
	if (is_gauge(l, line->from))
		take = tr_take_gauge(r, line->from, plain);
	if (take == TR_TAKE_NOT && r->held[line->from].kind == TR_HELD_BLOCK)
		take = tr_take_ffmpeg(r, line->from, plain);
	if (take == TR_TAKE_NOT && row)
		take = row->take(r, line->from, plain);
	if (take == TR_TAKE_NOT && !line->rewritten)
		take = tr_take_percent(r, line->from, plain);
	if (take == TR_TAKE_NOT)
		take = tr_take_wget(r, line->from, plain);
	return take;
}

/* Decides about what was kept back, now that the next line is known; NULL: there is none. */
static void settle(struct tr_reader *r, enum tr_markup_from from, const char *next)
{
	enum tr_held_kind kind = r->held[from].kind;

	if (kind == TR_HELD_BLOCK && !(next && tr_ffmpeg_goes_on(next)))
		tr_reader_release(r, from);
	else if (kind == TR_HELD_HEADER)
		tr_buildkite_settle(r, from, next);
}

void tr_lines_settle(struct tr_lines *l, enum tr_markup_from from)
{
	settle(l->reader, from, NULL);
}

static enum tr_take find_markup(struct tr_lines *l, const struct tr_line *line)
{
	struct tr_reader *r = l->reader;
	char *plain;

	if (l->mode == TR_MARKUP_NONE || !is_suspect(l, line))
		return TR_TAKE_NOT;
	plain = tr_lines_plain(l, line);
	r->alert[line->from] = 0;
	r->line = line;
	settle(r, line->from, plain);
	if (!plain || tr_diff_goes_on(r, line->from, plain))
		return TR_TAKE_NOT;
	return ask(l, line, plain);
}

/* The level that a line claims. */
static const char *claimed_level(const struct tr_line *line)
{
	char head[LEVEL_HEAD_BYTES + 1];
	size_t len = line->len < LEVEL_HEAD_BYTES ? line->len : LEVEL_HEAD_BYTES;

	if (!line->has_escape)
		return tr_claimed_level(line->text, line->len);
	len = tr_escape_strip(head, line->text, len);
	return tr_claimed_level(head, len);
}

/* Gives a line out; fallback is the level of one that claims none. */
static void give(struct tr_lines *l, const struct tr_line *line, const char *fallback)
{
	size_t prefix = tr_claimed_prefix(line->text, line->len);
	const char *level = claimed_level(line);

	l->level[line->from] = level ? level : fallback;
	tr_reader_line(l->reader, line->from, l->level[line->from], line->text + prefix,
	    line->len - prefix);
}

void tr_lines_take(struct tr_lines *l, const struct tr_line *line)
{
	enum tr_take take = find_markup(l, line);

	if (take == TR_TAKE_OUT)
		return;
	give(l, line,
	    take == TR_TAKE_INFO || line->rewritten ? "info" : tr_reader_level(line->from));
}

void tr_lines_take_part(struct tr_lines *l, const struct tr_line *line, int is_first)
{
	if (is_first) {
		tr_lines_settle(l, line->from);
		give(l, line, tr_reader_level(line->from));
	} else {
		tr_reader_line(
		    l->reader, line->from, l->level[line->from], line->text, line->len);
	}
}
