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
	size_t at = 0, columns = 0;

	while (at < text.len && columns < max_columns) {
		const unsigned char *bytes = (const unsigned char *)text.data + at;
		size_t rest = text.len - at;
		size_t valid = tr_utf8_valid(text.data + at, rest < 4 ? rest : 4);
		size_t len = valid ? char_len(bytes) : 1;

		columns += valid ? add_char(out, bytes, len) : add_escaped(out, bytes, 1);
		at += len;
	}
	if (at < text.len) {
		tr_buf_adds(out, "…");
		columns++;
	}
	return columns;
}
