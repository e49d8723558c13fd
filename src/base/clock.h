/* clock.h: the two clocks: monotonic for deadlines, wall time for what people read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_CLOCK_H
#define TR_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define TR_NS_PER_MS INT64_C(1000000)
#define TR_NS_PER_S INT64_C(1000000000)

#define TR_ISO_SIZE 25 /* "YYYY-MM-DDTHH:MM:SS.mmmZ" and its NUL */

/* Nanoseconds of CLOCK_MONOTONIC: never steps, means nothing across a reboot. */
int64_t tr_mono_ns(void);

/* Writes the wall time in UTC, as the schema's columns hold it. */
void tr_iso_now(char out[TR_ISO_SIZE]);

/* The same for a time in milliseconds since 1970, up to the year 9999. */
void tr_iso_at(int64_t wall_ms, char out[TR_ISO_SIZE]);

/* Milliseconds since 1970 of such a text of len bytes; -1: it is none. */
int64_t tr_iso_ms(const char *text, size_t len);

/* The wall time as milliseconds since 1970. */
int64_t tr_wall_ms(void);

#endif
