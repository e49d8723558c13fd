/* buf.h: a growable run of bytes with a ceiling.
 *
 * - A failure sticks: once an append did not fit, every later one is ignored and
 *   tr_buf_err() says so, so that a caller builds a whole text and asks once.
 * - What was appended before the failure is still there, and is not to be sent.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_BUF_H
#define TR_BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

/* Initialise with {0} (no ceiling) or { .limit_bytes = N }. data is NULL while nothing
 * was ever appended, and otherwise always followed by a NUL that len does not count. */
struct tr_buf {
	char *data;
	size_t len;
	size_t cap_bytes;
	size_t limit_bytes; /* 0: none but the address space */
	enum tr_err err;    /* TR_OK, or TR_NOMEM from the first failure on */
};

void tr_buf_add(struct tr_buf *b, const void *bytes, size_t len);
void tr_buf_adds(struct tr_buf *b, const char *text);
void tr_buf_addf(struct tr_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* TR_OK, or TR_NOMEM if anything since the last clear did not fit. */
enum tr_err tr_buf_err(const struct tr_buf *b);

/* Forgets the content and the failure; keeps the memory. */
void tr_buf_clear(struct tr_buf *b);

/* Frees the memory; the buffer is then as after {0}, its ceiling kept. */
void tr_buf_free(struct tr_buf *b);

#endif
