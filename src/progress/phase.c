/* phase.c: one progress for a command, from all that its tools tell.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/phase.h"

#include <math.h>
#include <string.h>

#include "progress/text.h"

void tr_phase_init(struct tr_phase *p)
{
	memset(p, 0, sizeof(*p));
	p->percent = NAN;
}

static int set_step(struct tr_phase *p, const char *step)
{
	char cut[sizeof(p->step)];

	tr_text_copy(cut, sizeof(cut), step);
	if (strcmp(cut, p->step) == 0)
		return 0;
	memcpy(p->step, cut, strlen(cut) + 1);
	p->may_fall = 1;
	return 1;
}

static int gives_way(enum tr_source now, enum tr_source to)
{
	switch (now) {
	case TR_SOURCE_SCRIPT:
	case TR_SOURCE_OSC:
		return to >= now;
	case TR_SOURCE_APT:
		return to != TR_SOURCE_DPKG;
	default:
		return 1;
	}
}

int tr_phase_percent(
    struct tr_phase *p, enum tr_source source, double percent, const char *step)
{
	int changed = 0;

	if (!(percent >= 0 && percent <= 100) || !gives_way(p->source, source))
		return 0;
	if (step)
		changed = set_step(p, step);
	if (p->source != source ||
	    (source > TR_SOURCE_BAR && (p->percent >= 100 || percent == 0)))
		p->may_fall = 1;
	if (percent < p->percent && !p->may_fall)
		return changed;
	changed |= percent != p->percent;
	p->source = source;
	p->percent = percent;
	p->may_fall = 0;
	return changed;
}

int tr_phase_step(struct tr_phase *p, const char *step)
{
	return set_step(p, step);
}

static int forget(struct tr_phase *p)
{
	int changed = !isnan(p->percent);

	p->source = TR_SOURCE_NONE;
	p->percent = NAN;
	return changed;
}

int tr_phase_clear(struct tr_phase *p, enum tr_source source)
{
	return p->source == source && forget(p);
}

int tr_phase_section(struct tr_phase *p)
{
	p->may_fall = 1;
	return p->source != TR_SOURCE_SCRIPT && forget(p);
}

void tr_phase_bar_end(struct tr_phase *p, enum tr_source source)
{
	if (p->source == source)
		p->may_fall = 1;
}
