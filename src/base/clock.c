/* clock.c: the two clocks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t tr_mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * TR_NS_PER_S + now.tv_nsec;
}

void tr_iso_now(char out[TR_ISO_SIZE])
{
	struct timespec now;
	struct tm utc;
	char seconds[20];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, TR_ISO_SIZE, "%s.%03dZ", seconds, (int)(now.tv_nsec / TR_NS_PER_MS));
}
