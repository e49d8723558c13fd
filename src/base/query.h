/* query.h: walks the query string of a URL and reads the simple values in it.
 *
 * - application/x-www-form-urlencoded (URL standard, section 5): `&` separates, `+` is a
 *   space, %XX is a byte. A '%' without two hex digits stands for itself, as it does there.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_QUERY_H
#define TR_BASE_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One parameter, decoded in place: both point into the text given to tr_query_next(). */
struct tr_param {
	char *name;
	char *value;	  /* "" where there was no '=' */
	size_t value_len; /* a decoded value may hold NUL bytes: longer than strlen() tells */
};

/* Takes the next parameter from *rest, which is advanced and whose text is overwritten.
 * Returns 1; or 0 at the end, and then *rest is NULL (it may be so from the start: no query).
 * Passed over: empty pieces (`a=1&&b=2`), and a name with a NUL byte, which strcmp() would
 * take for another. */
int tr_query_next(char **rest, struct tr_param *out);

/* A decimal number of 1 to 19 digits and nothing else, at least min and at most max.
 * TR_OK, or TR_INVALID and *out is not touched. */
enum tr_err tr_query_number(const char *text, int64_t min, int64_t max, int64_t *out);

#endif
