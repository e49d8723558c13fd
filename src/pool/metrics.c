/* metrics.c: counters that every process of the pool adds to, in shared memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/metrics.h"

const double tr_delay_bounds_s[TR_DELAYS - 1] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0};

void tr_metrics_delay(struct tr_metrics *metrics, double delay_s)
{
	int i = 0;

	while (i < TR_DELAYS - 1 && delay_s > tr_delay_bounds_s[i])
		i++;
	tr_count(&metrics->delays[i], 1);
	tr_count(&metrics->delay_sum_us, (uint64_t)(delay_s * 1e6));
}
