/* clock.c: the two clocks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t tr_mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * TR_NS_PER_S + now.tv_nsec;
}

void tr_iso_at(int64_t wall_ms, char out[TR_ISO_SIZE])
{
	time_t second = wall_ms / 1000;
	struct tm utc = {0};
	char seconds[20];

	gmtime_r(&second, &utc);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, TR_ISO_SIZE, "%s.%03uZ", seconds, (unsigned)(wall_ms % 1000) % 1000);
}

void tr_iso_now(char out[TR_ISO_SIZE])
{
	tr_iso_at(tr_wall_ms(), out);
}

int64_t tr_iso_ms(const char *text, size_t len)
{
	char copy[TR_ISO_SIZE];
	struct tm utc = {0};
	int ms, end = 0;

	if (len != TR_ISO_SIZE - 1)
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &utc.tm_year, &utc.tm_mon,
		&utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &ms, &end) != 7 ||
	    end != TR_ISO_SIZE - 1)
		return -1;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	return (int64_t)timegm(&utc) * 1000 + ms;
}

int64_t tr_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / TR_NS_PER_MS;
}
