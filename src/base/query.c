/* query.c: walks the query string of a URL and reads the simple values in it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX_DIGITS 19 /* INT64_MAX has so many */

/* The value of a hexadecimal digit, or -1. Not isxdigit(): that one asks the locale. */
static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes in place, terminates, and returns the length. */
static size_t decode(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		int high = *from == '%' ? hex(from[1]) : -1;
		int low = high >= 0 ? hex(from[2]) : -1;

		if (low >= 0) {
			*to++ = (char)(high << 4 | low);
			from += 3;
		} else {
			*to++ = *from == '+' ? ' ' : *from;
			from++;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

int tr_query_next(char **rest, struct tr_param *out)
{
	char *name, *value;

	while ((name = strsep(rest, "&"))) {
		if (!*name)
			continue;
		value = name;
		strsep(&value, "=");
		if (!value)
			value = name + strlen(name);
		out->name = name;
		out->value = value;
		out->value_len = decode(value);
		if (decode(name) == strlen(name))
			return 1;
	}
	return 0;
}

enum tr_err tr_query_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	size_t len = strspn(text, "0123456789");
	int64_t n;

	if (!len || len > NUMBER_MAX_DIGITS || text[len])
		return TR_INVALID;
	errno = 0;
	n = strtoll(text, NULL, 10);
	if (errno || n < min || n > max)
		return TR_INVALID;
	*out = n;
	return TR_OK;
}
