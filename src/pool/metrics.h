/* metrics.h: counters that every process of the pool adds to, in shared memory.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_METRICS_H
#define TR_POOL_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

/* What a row waits from its created_at until its viewers are woken; the last bucket is for
 * whatever is longer. */
#define TR_DELAYS 9
extern const double tr_delay_bounds_s[TR_DELAYS - 1];

/* {0} before. All count from the start of the supervisor. */
struct tr_metrics {
	_Atomic uint64_t streams;   /* opened */
	_Atomic uint64_t frames;    /* sent, of rows */
	_Atomic uint64_t coalesced; /* of them, those that left in one write with another */
	_Atomic uint64_t bytes;	    /* sent in streams */
	_Atomic uint64_t wakes;	    /* of workers, for rows */
	_Atomic uint64_t queries; /* readings of the database, by the watcher or to catch up */
	_Atomic uint64_t rotations; /* streams ended because of max_stream_seconds */
	_Atomic uint64_t refusals;  /* streams refused because all places were taken */
	_Atomic uint64_t delays[TR_DELAYS];
	_Atomic uint64_t delay_sum_us;
};

static inline void tr_count(_Atomic uint64_t *counter, uint64_t by)
{
	atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

/* Enters one delay. */
void tr_metrics_delay(struct tr_metrics *metrics, double delay_s);

#endif
