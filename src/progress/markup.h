/* markup.h: reads what a command prints, and tells lines, progress and sections apart.
 *
 * - One reader for one command: its standard output and standard error (with --pty only the
 *   first) are fed apart, as they come, and share masks, sections and progress.
 * - A pure function of the bytes of each stream and of the order of the calls: how the bytes
 *   of one stream are cut into calls makes no difference to what comes out.
 * - It knows no clock. Progress comes as often as the command tells it; the caller writes at
 *   most two updates a second and keeps the newest (see TR_ITEM_PROGRESS).
 * - What is printed for a machine alone is taken out of the lines (`::group::`, `##vso[…]`,
 *   OSC 9;4, …); what a person reads on the terminal stays a line, a progress bar's last
 *   state too.
 * - Bytes that are no markup come out as they are: NUL, invalid UTF-8, colour sequences.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_MARKUP_H
#define TR_PROGRESS_MARKUP_H

#include <stddef.h>

/* A longer line goes on as a further item, so that one endless line holds no memory. */
#define TR_MARKUP_LINE_MAX_BYTES 65536

/* A step is for a progress bar's caption: what is longer is cut, at a character's end. */
#define TR_MARKUP_STEP_MAX_BYTES 256

enum tr_markup_mode {
	TR_MARKUP_AUTO,	 /* every markup that is known */
	TR_MARKUP_GAUGE, /* the same, and on standard output the protocol of `dialog --gauge` */
	TR_MARKUP_NONE,	 /* lines and levels only */
};

enum tr_markup_from { TR_FROM_STDOUT, TR_FROM_STDERR, TR_FROMS };

enum tr_item_kind {
	TR_ITEM_LINE,	  /* a line of the log, without its line end */
	TR_ITEM_PROGRESS, /* the whole state as it is now, so the newest replaces all earlier */
	TR_ITEM_GROUP,	  /* a section begins; text is its title */
	TR_ITEM_GROUP_END, /* the innermost section ends; text its title, cut like a step */
};

/* text points into the reader or into the bytes that were fed: valid during the call. A masked
 * value may be shorter than the `***` in its place, so a text may be up to three times as long
 * as its limit. */
struct tr_item {
	enum tr_item_kind kind;
	enum tr_markup_from from;
	const char *level; /* of a LINE: "debug", "info", "warn" or "error"; static */
	const char *text;  /* of PROGRESS: the step, NULL where there is none */
	size_t text_len;
	double percent; /* of PROGRESS: 0 to 100, NaN: unknown (column progress is NULL) */
};

typedef void tr_item_sink(void *arg, const struct tr_item *item);

struct tr_markup;

/* A reader that gives its items to sink(arg, …), or NULL: out of memory. The caller releases it
 * with tr_markup_free(). */
struct tr_markup *tr_markup_new(enum tr_markup_mode mode, tr_item_sink *sink, void *arg);

/* Takes the next bytes of one stream; any number. Cannot fail: what it needs was allocated by
 * tr_markup_new(). Where masked values do not fit, what follows is logged as `***` and a line
 * says so. */
void tr_markup_feed(
    struct tr_markup *m, enum tr_markup_from from, const char *bytes, size_t len);

/* The stream was quiet for some seconds. Gives out an unfinished line, say a prompt; what
 * follows it becomes a line of its own. A progress bar, and the beginning of what may be markup
 * or a masked value, are kept back as lines; a bar's percentage comes. */
void tr_markup_flush(struct tr_markup *m, enum tr_markup_from from);

/* The streams have ended: gives out what is left of their last lines, and ends open sections.
 * The reader is then only to be freed. */
void tr_markup_end(struct tr_markup *m);

/* Frees it; NULL is allowed. Gives out nothing. */
void tr_markup_free(struct tr_markup *m);

#endif
