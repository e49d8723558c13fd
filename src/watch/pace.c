/* pace.c: how long to wait between two looks at a commit that is under way.
 *
 * SPDX-License-Identifier: MIT
 */
#include "watch/pace.h"

void tr_pace_start(struct tr_pace *p, int64_t now_ns)
{
	p->event_ns = now_ns;
	p->step_ns = TR_PACE_FIRST_NS;
}

bool tr_pace_is_quiet(const struct tr_pace *p, int64_t now_ns)
{
	return now_ns - p->event_ns >= TR_PACE_QUIET_NS;
}

void tr_pace_event(struct tr_pace *p, int64_t now_ns)
{
	if (tr_pace_is_quiet(p, now_ns))
		tr_pace_start(p, now_ns);
	p->event_ns = now_ns;
}

int64_t tr_pace_next(struct tr_pace *p, int64_t now_ns, int64_t cap_ns)
{
	int64_t quiet_ns = now_ns - p->event_ns;
	int64_t wait_ns = p->step_ns;

	if (quiet_ns >= TR_PACE_DEAD_NS)
		cap_ns = TR_PACE_DEAD_CAP_NS;
	else if (quiet_ns >= TR_PACE_QUIET_NS)
		cap_ns = TR_PACE_QUIET_CAP_NS;
	if (wait_ns >= cap_ns)
		wait_ns = cap_ns;
	p->step_ns = wait_ns + wait_ns / 2;
	return wait_ns;
}
