/* safe.c: text that came from anywhere, made fit for a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/safe.h"

#include <string.h>

#include "base/utf8.h"

#define NEXT_LINE "\n        "

/* Appends len bytes as \xHH and returns the columns. */
static size_t add_escaped(struct tr_buf *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		tr_buf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
	return 4 * len;
}

size_t tr_safe_char_len(const char *text)
{
	unsigned char first = (unsigned char)*text;

	if (first < 0x80)
		return 1;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

int tr_safe_is_control(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (bytes[0] < 0x20 || bytes[0] == 0x7f)
		return 1;
	if (bytes[0] == 0xc2)
		return bytes[1] < 0xa0;
	if (bytes[0] != 0xe2)
		return 0;
	/* U+2028 to U+202E: ends of lines, turns of direction; U+2066 to U+2069: turns too */
	return (bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) ||
	       (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
}

/* Appends one valid character and returns the columns. */
static size_t add_char(struct tr_buf *out, const char *text, size_t len)
{
	if (*text == '\t') {
		tr_buf_adds(out, " ");
		return 1;
	}
	if (tr_safe_is_control(text))
		return add_escaped(out, text, len);
	tr_buf_add(out, text, len);
	return 1;
}

/* Appends what text begins with, a character or an invalid byte, adds its columns to *columns
 * and returns its bytes. */
static size_t add_next(struct tr_buf *out, struct tr_text text, size_t *columns)
{
	size_t len = 1;

	if (tr_utf8_valid(text.data, text.len < 4 ? text.len : 4)) {
		len = tr_safe_char_len(text.data);
		*columns += add_char(out, text.data, len);
	} else {
		*columns += add_escaped(out, text.data, 1);
	}
	return len;
}

static struct tr_text from(struct tr_text text, size_t at)
{
	return (struct tr_text){text.data + at, text.len - at};
}

size_t tr_safe_add(struct tr_buf *out, struct tr_text text, size_t max_columns)
{
	size_t at = 0, columns = 0;

	while (at < text.len && columns < max_columns)
		at += add_next(out, from(text, at), &columns);
	if (at < text.len) {
		tr_buf_adds(out, "…");
		columns++;
	}
	return columns;
}

/* The bytes of the sequence that text begins with and that sets colours alone, or 0. */
static size_t colour_len(struct tr_text text)
{
	size_t at = 2;

	if (text.len < 3 || memcmp(text.data, "\033[", 2) != 0)
		return 0;
	while (at < text.len && text.data[at] && strchr("0123456789;:", text.data[at]))
		at++;
	return at < text.len && text.data[at] == 'm' ? at + 1 : 0;
}

/* The bytes of the end of a line that text begins with, or 0. */
static size_t newline_len(struct tr_text text)
{
	if (text.data[0] == '\n')
		return 1;
	return text.len > 1 && memcmp(text.data, "\r\n", 2) == 0 ? 2 : 0;
}

void tr_safe_add_message(struct tr_buf *out, struct tr_text text, int colour)
{
	size_t columns = 0, len;
	int coloured = 0;

	while (text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
		text.len--; /* as a terminal's own line end, or one that a program left there */
	for (size_t at = 0; at < text.len; at += len) {
		struct tr_text rest = from(text, at);

		if ((len = colour_len(rest))) {
			if (colour)
				tr_buf_add(out, rest.data, len);
			coloured = colour;
		} else if ((len = newline_len(rest))) {
			tr_buf_adds(out, NEXT_LINE);
		} else {
			len = add_next(out, rest, &columns);
		}
	}
	if (coloured)
		tr_buf_adds(out, "\033[m");
}
