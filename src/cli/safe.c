/* safe.c: text that came from anywhere, made fit for a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/safe.h"

#include "base/utf8.h"

/* Appends len bytes as \xHH and returns the columns. */
static size_t add_escaped(struct tr_buf *out, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		tr_buf_addf(out, "\\x%02x", bytes[i]);
	return 4 * len;
}

/* The length of the valid character at bytes. */
static size_t char_len(const unsigned char *bytes)
{
	if (bytes[0] < 0x80)
		return 1;
	return bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
}

/* Appends one valid character and returns the columns. */
static size_t add_char(struct tr_buf *out, const unsigned char *bytes, size_t len)
{
	if (bytes[0] == '\t') {
		tr_buf_adds(out, " ");
		return 1;
	}
	if (bytes[0] < 0x20 || bytes[0] == 0x7f || (bytes[0] == 0xc2 && bytes[1] < 0xa0))
		return add_escaped(out, bytes, len);
	tr_buf_add(out, bytes, len);
	return 1;
}

size_t tr_safe_add(struct tr_buf *out, struct tr_text text, size_t max_columns)
{
	const unsigned char *at = (const unsigned char *)text.data;
	const unsigned char *end = at + text.len;
	size_t columns = 0, len;

	if (!text.len)
		return 0; /* data may be NULL */

	while (at < end) {
		const unsigned char *valid_end =
		    at + tr_utf8_valid((const char *)at, (size_t)(end - at));

		for (; at < valid_end && columns < max_columns; at += len) {
			len = char_len(at);
			columns += add_char(out, at, len);
		}
		if (columns >= max_columns)
			break;
		if (at < end)
			columns += add_escaped(out, at++, 1);
	}
	if (at < end) {
		tr_buf_adds(out, "…");
		columns++;
	}
	return columns;
}
