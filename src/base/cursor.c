/* cursor.c: reads and writes the text form of a position in a stream, EPOCH-N.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/cursor.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define ALNUM DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Only the form that tr_cursor_format() writes: no sign, no space, no leading zero. */
static enum tr_err parse_position(int64_t *out, const char *text)
{
	size_t len = strspn(text, DIGITS);
	int64_t n;

	if (!len || text[len] || (len > 1 && text[0] == '0'))
		return TR_INVALID;
	errno = 0;
	n = strtoll(text, NULL, 10);
	if (errno)
		return TR_INVALID;
	*out = n;
	return TR_OK;
}

enum tr_err tr_cursor_parse(struct tr_cursor *out, const char *text)
{
	size_t len = strspn(text, ALNUM);
	int64_t n;

	if (!len || len >= TR_EPOCH_SIZE || text[len] != '-')
		return TR_INVALID;
	if (parse_position(&n, text + len + 1))
		return TR_INVALID;
	memcpy(out->epoch, text, len);
	out->epoch[len] = '\0';
	out->n = n;
	return TR_OK;
}

void tr_cursor_format(char out[TR_CURSOR_SIZE], const struct tr_cursor *cursor)
{
	assert(cursor->n >= 0);
	snprintf(out, TR_CURSOR_SIZE, "%s-%" PRId64, cursor->epoch, cursor->n);
}
