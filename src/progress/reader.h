/* reader.h: what the formats write to, and what they remember.
 *
 * - Every text passes the masks here on its way out.
 * - A format sees a line as a C string: one with a NUL byte is no markup.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_READER_H
#define TR_PROGRESS_READER_H

#include "progress/markup.h"
#include "progress/masks.h"
#include "progress/phase.h"
#include "progress/sections.h"

#define TR_STOP_TOKEN_SIZE 128
#define TR_BLOCK_MAX_BYTES 1024
#define TR_STAMP_SIZE 32

/* `dialog --gauge`: what stands between two `XXX`. */
struct tr_gauge {
	int lines;	/* so far, the first `XXX` included; 0: not between them */
	double percent; /* NaN: it has none */
	char text[TR_BLOCK_MAX_BYTES];
};

/* Lines kept back until the next one tells what they are. */
enum tr_held_kind {
	TR_HELD_NONE,
	TR_HELD_BLOCK,	/* of ffmpeg's -progress */
	TR_HELD_HEADER, /* of Buildkite */
};

struct tr_held {
	enum tr_held_kind kind;
	char lines[TR_BLOCK_MAX_BYTES]; /* each with its LF */
	size_t len;
};

/* A unified diff: its lines look like Buildkite's headers. */
struct tr_diff {
	long old_left, new_left; /* lines that its hunk still has */
	int new_file;		 /* `+++ file` comes next */
};

/* Does rsync's bar tell of all files (--info=progress2) or of each (--progress)? */
enum tr_rsync {
	TR_RSYNC_UNKNOWN,
	TR_RSYNC_LISTS, /* unknown, and file names may stand between the bars */
	TR_RSYNC_ALL,
	TR_RSYNC_EACH,
};

/* A line without its line end, in the state that a terminal would show. */
struct tr_line {
	enum tr_markup_from from;
	const char *text;
	size_t len;	/* at most TR_MARKUP_LINE_MAX_BYTES */
	int has_escape; /* an ESC is among it, or may be */
	int rewritten;	/* a CR took back what the line held before */
};

struct tr_reader {
	tr_item_sink *sink;
	void *arg;
	struct tr_masks masks;
	struct tr_phase phase;
	struct tr_sections sections;
	char stop_token[TR_STOP_TOKEN_SIZE]; /* GitHub: what ends ::stop-commands::, or "" */
	struct tr_gauge gauge;
	double line_percent; /* of the last line that was nothing else; NaN: none */
	int inputs;	     /* ffmpeg: how many it has said to read, */
	double duration_s;   /* and how long the only one is; 0: unknown */
	char section[TR_FROMS][TR_MARKUP_STEP_MAX_BYTES + 1]; /* GitLab: whose title comes */
	struct tr_diff diff[TR_FROMS];
	enum tr_rsync rsync[TR_FROMS];
	char out_time[TR_FROMS][TR_STAMP_SIZE]; /* ffmpeg: in the block that is held */
	struct tr_held held[TR_FROMS];
	int alert[TR_FROMS];			 /* some format has to see the next line */
	const struct tr_line *line;		 /* at hand */
	char text[TR_MARKUP_LINE_MAX_BYTES + 1]; /* where a format puts a text together */
	char masked[TR_MASKS_ROOM(TR_MARKUP_LINE_MAX_BYTES)];
};

/* The level of a line that claims none. */
const char *tr_reader_level(enum tr_markup_from from);

void tr_reader_line(struct tr_reader *r, enum tr_markup_from from, const char *level,
    const char *text, size_t len);

/* Keeps the line at hand back, behind others of that kind; 0: there is no room. */
int tr_reader_hold(struct tr_reader *r, enum tr_markup_from from, enum tr_held_kind kind);

/* Gives out what is kept back, as lines. */
void tr_reader_release(struct tr_reader *r, enum tr_markup_from from);

/* Forgets it: it was markup. */
void tr_reader_drop(struct tr_reader *r, enum tr_markup_from from);

/* A text of one or several lines; each becomes a line of the log. */
void tr_reader_lines(
    struct tr_reader *r, enum tr_markup_from from, const char *level, const char *text);

/* step NULL: this source tells none. See phase.h for what comes of it. */
void tr_reader_percent(struct tr_reader *r, enum tr_markup_from from, enum tr_source source,
    double percent, const char *step);

/* "": there is none any more. */
void tr_reader_step(struct tr_reader *r, enum tr_markup_from from, const char *step);

/* The source has no percentage any more. */
void tr_reader_clear(struct tr_reader *r, enum tr_markup_from from, enum tr_source source);

void tr_reader_begin(struct tr_reader *r, enum tr_markup_from from, enum tr_section_kind kind,
    const char *name, const char *title);

/* Ends the innermost of that kind and name; nothing where there is none such. */
void tr_reader_end(
    struct tr_reader *r, enum tr_markup_from from, enum tr_section_kind kind, const char *name);

/* Ends all that are open. The progress stays: the command has ended with it. */
void tr_reader_end_all(struct tr_reader *r);

/* Keeps value out of all texts from now on. */
void tr_reader_mask(struct tr_reader *r, enum tr_markup_from from, const char *value);

#endif
