/* quote.h: a text as a JSON string.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_QUOTE_H
#define TR_BASE_QUOTE_H

#include <stddef.h>

#include "base/buf.h"

/* Appends text between quotation marks, escaped as RFC 8259, section 7 asks: NUL bytes and
 * all, which cJSON's C strings cannot hold. What is not valid UTF-8 goes through as it is.
 * Failure shows in tr_buf_err(out). */
void tr_quote_json(struct tr_buf *out, const char *text, size_t len);

#endif
