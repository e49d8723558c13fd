/* split.h: finds the lines in bytes that come piece by piece.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_SPLIT_H
#define TR_STORE_SPLIT_H

#include <stddef.h>

#include "store/row.h"

#define TR_SPLIT_BYTES (1024 * 1024) /* a longer line becomes several */

/* Finds the lines that bytes holds, at most room of them; at_end: the last one, without a
 * newline, too. Their number is in *count; they point into bytes, and have no newline. Returns
 * how many bytes they take. Where it is 0 more bytes are wanted, or there is no line left. */
size_t tr_split(const char *bytes, size_t len, int at_end, struct tr_text *lines, size_t room,
    size_t *count);

#endif
