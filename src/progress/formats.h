/* formats.h: the markup of each tool, one function each.
 *
 * - A function gets a line without escape sequences, as a C string, that begins as its rows in
 *   lines.c say, and gives what it finds to the reader. It may change the string only if it
 *   returns TR_TAKE_OUT.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_FORMATS_H
#define TR_PROGRESS_FORMATS_H

#include "progress/reader.h"

enum tr_take {
	TR_TAKE_NOT,  /* the line is not of this format */
	TR_TAKE_OUT,  /* it was for a machine, and is no line of the log */
	TR_TAKE_INFO, /* it is a line of the log, and no error because it came on stderr */
};

typedef enum tr_take tr_take(struct tr_reader *r, enum tr_markup_from from, char *line);

tr_take tr_take_github;
tr_take tr_take_azure;
tr_take tr_take_teamcity;
tr_take tr_take_buildkite;
tr_take tr_take_diff_hunk;    /* `@@ -1,2 +1,3 @@` */
tr_take tr_take_percent;      /* Cronicle: `NN%` */
tr_take tr_take_json;	      /* Cronicle, restic */
tr_take tr_take_apt;	      /* APT::Status-Fd */
tr_take tr_take_status;	      /* sd_notify(3): `STATUS=text` */
tr_take tr_take_wget;	      /* lines of dots */
tr_take tr_take_ffmpeg;	      /* a line of a block of -progress, the first or a later one */
tr_take tr_take_ffmpeg_input; /* `Input #0, …` and `  Duration: …` */
tr_take tr_take_curl_heading;
tr_take tr_take_rsync_list; /* file names follow */
tr_take tr_take_gauge;	    /* dialog --gauge */

/* Whether line ends what `::stop-commands::` began; if so, it is over. */
int tr_github_resumes(struct tr_reader *r, char *line);

/* Whether line is of a diff, where it could be taken for something else. */
int tr_diff_goes_on(struct tr_reader *r, enum tr_markup_from from, const char *line);

/* Whether line may be of a block that is held back. */
int tr_ffmpeg_goes_on(const char *line);

/* Decides whether the line held back is a header, from what follows; NULL: nothing does. */
void tr_buildkite_settle(struct tr_reader *r, enum tr_markup_from from, const char *next);

/* Whether text, which a CR ends, is GitLab's beginning or end of a section. */
int tr_gitlab_segment(struct tr_reader *r, enum tr_markup_from from, char *text);

/* Whether the rest of the line, text, is the title of a section that began on it. */
int tr_gitlab_title(struct tr_reader *r, enum tr_markup_from from, const char *text);

enum tr_bar_end { TR_BAR_STANDS, TR_BAR_CR, TR_BAR_LF };

/* Reads a state of a rewritten line, and again when it is known what ended it. */
void tr_bar(
    struct tr_reader *r, enum tr_markup_from from, const char *text, enum tr_bar_end end);

/* Reads what was drawn elsewhere on the screen: apt's bar. */
void tr_drawing(struct tr_reader *r, enum tr_markup_from from, const char *text);

#endif
