/* buf.c: a growable run of bytes with a ceiling.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP_BYTES 256

/* Makes room for len more bytes and a NUL, or makes the failure stick. */
static int reserve(struct tr_buf *b, size_t len)
{
	size_t limit = b->limit_bytes ? b->limit_bytes : SIZE_MAX / 2;
	size_t cap = b->cap_bytes ? b->cap_bytes : FIRST_CAP_BYTES;
	char *data;

	if (b->err)
		return 0;
	if (len > limit || b->len > limit - len) {
		b->err = TR_NOMEM;
		return 0;
	}
	while (cap < b->len + len + 1)
		cap *= 2;
	if (cap == b->cap_bytes)
		return 1;
	data = realloc(b->data, cap);
	if (!data) {
		b->err = TR_NOMEM;
		return 0;
	}
	b->data = data;
	b->cap_bytes = cap;
	return 1;
}

void tr_buf_add(struct tr_buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void tr_buf_adds(struct tr_buf *b, const char *text)
{
	tr_buf_add(b, text, strlen(text));
}

void tr_buf_addf(struct tr_buf *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !reserve(b, (size_t)len)) {
		b->err = TR_NOMEM;
		return;
	}
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

enum tr_err tr_buf_err(const struct tr_buf *b)
{
	return b->err;
}

void tr_buf_clear(struct tr_buf *b)
{
	b->len = 0;
	b->err = TR_OK;
	if (b->data)
		b->data[0] = '\0';
}

void tr_buf_free(struct tr_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap_bytes = 0;
	b->err = TR_OK;
}
