/* cursor.h: the text form of a position in a stream, EPOCH-N.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_CURSOR_H
#define TR_BASE_CURSOR_H

#include <stdint.h>

#include "base/err.h"

#define TR_EPOCH_SIZE 33  /* 1 to 32 of [A-Za-z0-9], and a NUL */
#define TR_CURSOR_SIZE 53 /* an epoch, '-', 19 digits, and a NUL */

struct tr_cursor {
	char epoch[TR_EPOCH_SIZE];
	int64_t n; /* everything up to this log.id has been looked at; 0 or more */
};

/* Reads text, all of it. Only what tr_cursor_format() writes is a cursor: no sign, no space,
 * no leading zero, so that equal positions are equal texts. TR_OK, or TR_INVALID and *out is
 * not touched. */
enum tr_err tr_cursor_parse(struct tr_cursor *out, const char *text);

/* Writes EPOCH-N, terminated. n is not negative (asserted). */
void tr_cursor_format(char out[TR_CURSOR_SIZE], const struct tr_cursor *cursor);

#endif
