/* pace.h: how long to wait between two looks at a commit that is under way.
 *
 * - Plain arithmetic on CLOCK_MONOTONIC nanoseconds; asks no clock itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WATCH_PACE_H
#define TR_WATCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* The window between a commit's last write and its publication is 0.1 us at the median with
 * synchronous=NORMAL, 104 us with FULL, 2 ms with FULL and 4 MB, and one fsync on a slow
 * disk. Steps that grow by half follow all of them: a look is late by at most half of what
 * the commit itself took. */
#define TR_PACE_FIRST_NS INT64_C(50000)

/* After 200 ms without an event the cap is 20 ms and after 5 s it is 1 s: a transaction that
 * was spilled into the -wal and rolled back looks like one under way until the next commit,
 * which may be tomorrow. */
#define TR_PACE_QUIET_NS INT64_C(200000000)
#define TR_PACE_QUIET_CAP_NS INT64_C(20000000)
#define TR_PACE_DEAD_NS INT64_C(5000000000)
#define TR_PACE_DEAD_CAP_NS INT64_C(1000000000)

struct tr_pace {
	int64_t event_ns; /* when the last event came */
	int64_t step_ns;  /* the next wait */
};

/* Begins at now_ns, with the shortest wait. */
void tr_pace_start(struct tr_pace *p, int64_t now_ns);

/* Another event came at now_ns. The waits go on growing, as a transaction of 4 MB raises a
 * thousand events and none but the last is news; after a quiet they begin anew. */
void tr_pace_event(struct tr_pace *p, int64_t now_ns);

/* The next wait, at most cap_ns until the quiet begins; each is half as long again as the
 * one before. */
int64_t tr_pace_next(struct tr_pace *p, int64_t now_ns, int64_t cap_ns);

/* Whether no event has come for so long that a writer in the middle of a commit is probably
 * dead. */
bool tr_pace_is_quiet(const struct tr_pace *p, int64_t now_ns);

#endif
