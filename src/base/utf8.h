/* utf8.h: hostile bytes made into valid UTF-8.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_UTF8_H
#define TR_BASE_UTF8_H

#include <stddef.h>

#include "base/buf.h"

/* Length of the longest prefix of bytes that is valid UTF-8 (Unicode 15, table 3-7: no
 * surrogates, no overlong forms, nothing above U+10FFFF). NUL is a valid character. */
size_t tr_utf8_valid(const char *bytes, size_t len);

/* The length of bytes without a last character of which only the beginning is there. What is
 * invalid in itself stays. */
size_t tr_utf8_whole(const char *bytes, size_t len);

/* Appends bytes to out with each maximal invalid part (Unicode 15, section 3.9, "U+FFFD
 * substitution of maximal subparts", what browsers do) replaced by one U+FFFD. Failure
 * shows in tr_buf_err(out). */
void tr_utf8_add(struct tr_buf *out, const char *bytes, size_t len);

#endif
