/* phase.h: one progress for a command, from all that its tools tell.
 *
 * - A percentage never falls within a phase. A phase ends
 *   - where a section begins or ends;
 *   - where the step changes;
 *   - where a tool's bar has ended its line: the next bar is another one;
 *   - where another source speaks: curl after rsync;
 *   - at 100, and where a source says 0 again; of a bar only with its line.
 *   A lower one within a phase is not believed, and the progress stays.
 * - What a script says of itself counts for the whole of it, so from then on the bars of the
 *   tools that it runs do not.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_PHASE_H
#define TR_PROGRESS_PHASE_H

#include <stddef.h>

#include "progress/markup.h"

/* Who gives a percentage. */
enum tr_source {
	TR_SOURCE_NONE,
	TR_SOURCE_DPKG, /* dpkg's bar, of one small step among those that apt tells of */
	TR_SOURCE_BAR,	/* a line rewritten again and again */
	TR_SOURCE_LINE, /* one line that is nothing but a percentage */
	TR_SOURCE_APT,
	TR_SOURCE_WGET,
	TR_SOURCE_RESTIC,
	TR_SOURCE_FFMPEG,
	TR_SOURCE_OSC,	  /* OSC 9;4: a tool says so beside its bar, until it clears it */
	TR_SOURCE_SCRIPT, /* a script of itself: Azure, Cronicle, a gauge */
};

struct tr_phase {
	enum tr_source source;
	double percent;				 /* NaN: unknown */
	int may_fall;				 /* the next percentage begins a phase */
	char step[TR_MARKUP_STEP_MAX_BYTES + 1]; /* "": none */
};

void tr_phase_init(struct tr_phase *p);

/* The next four return whether the progress changed. */

/* Anything but 0 to 100 is ignored. step NULL: this source tells none. */
int tr_phase_percent(
    struct tr_phase *p, enum tr_source source, double percent, const char *step);

/* A step without a percentage; "": there is none any more. */
int tr_phase_step(struct tr_phase *p, const char *step);

/* The source has no percentage any more. */
int tr_phase_clear(struct tr_phase *p, enum tr_source source);

/* A section begins or ends: a tool's percentage is of the past, a script's stays. */
int tr_phase_section(struct tr_phase *p);

/* The source's bar has ended its line. */
void tr_phase_bar_end(struct tr_phase *p, enum tr_source source);

#endif
