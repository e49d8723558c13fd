/* lines.h: what a line is: markup, or a line of the log, and of which level.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_LINES_H
#define TR_PROGRESS_LINES_H

#include "progress/reader.h"

struct tr_lines {
	enum tr_markup_mode mode;
	struct tr_reader *reader;
	unsigned char first_row[256];		  /* by a line's first byte: see lines.c */
	const char *level[TR_FROMS];		  /* that the last line had */
	char plain[TR_MARKUP_LINE_MAX_BYTES + 1]; /* a line without escape sequences */
};

/* reader must outlive it. */
void tr_lines_init(struct tr_lines *l, enum tr_markup_mode mode, struct tr_reader *reader);

/* Takes a whole line. */
void tr_lines_take(struct tr_lines *l, const struct tr_line *line);

/* Takes a part of a line that is too long, or that was flushed: no markup, and of the level
 * that the first part claims. */
void tr_lines_take_part(struct tr_lines *l, const struct tr_line *line, int is_first);

/* Settles what was kept back of a stream, because no line follows soon or at all. */
void tr_lines_settle(struct tr_lines *l, enum tr_markup_from from);

/* Whether a line that is not whole may become markup when more of it comes. */
int tr_lines_may_be_markup(struct tr_lines *l, const struct tr_line *line);

/* line's text in l->plain, without escape sequences; NULL where it holds a NUL byte. */
char *tr_lines_plain(struct tr_lines *l, const struct tr_line *line);

#endif
