/* safe.c: text that came from anywhere, made fit for a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/safe.h"

#include <string.h>

#include "base/utf8.h"

#define NEXT_LINE "\n        "

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

/* What a text begins with: a character, or a byte that is none. */
struct piece {
	size_t len;
	int escaped; /* it is shown as \xHH for each byte */
	size_t columns;
};

static struct piece first_piece(struct tr_text text)
{
	int valid = tr_utf8_valid(text.data, text.len < 4 ? text.len : 4) > 0;
	struct piece piece = {.len = valid ? tr_safe_char_len(text.data) : 1};

	piece.escaped = !valid || (*text.data != '\t' && tr_safe_is_control(text.data));
	piece.columns = piece.escaped ? 4 * piece.len : 1;
	return piece;
}

static void add_piece(struct tr_buf *out, const char *bytes, struct piece piece)
{
	if (!piece.escaped && *bytes == '\t')
		tr_buf_adds(out, " ");
	else if (!piece.escaped)
		tr_buf_add(out, bytes, piece.len);
	for (size_t i = 0; piece.escaped && i < piece.len; i++)
		tr_buf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
}

static struct tr_text from(struct tr_text text, size_t at)
{
	return (struct tr_text){text.data + at, text.len - at};
}

size_t tr_safe_add(struct tr_buf *out, struct tr_text text, size_t max_columns)
{
	size_t at = 0, columns = 0;

	while (at < text.len) {
		struct piece piece = first_piece(from(text, at));

		if (piece.columns > max_columns - columns) {
			tr_buf_adds(out, "…");
			return columns + 1;
		}
		add_piece(out, text.data + at, piece);
		columns += piece.columns;
		at += piece.len;
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
	int coloured = 0;
	size_t len;

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
			struct piece piece = first_piece(rest);

			add_piece(out, rest.data, piece);
			len = piece.len;
		}
	}
	if (coloured)
		tr_buf_adds(out, "\033[m");
}
