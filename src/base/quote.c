/* quote.c: a text as a JSON string.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/quote.h"

#include <string.h>

/* Not by printf(): a text may be nothing else, and a watcher writes millions of them. */
static void add_escape(struct tr_buf *out, unsigned char byte)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	static const char digits[] = "0123456789abcdef";
	const char *at = byte ? strchr(plain, byte) : NULL;

	if (at)
		tr_buf_add(out, (const char[]){'\\', letters[at - plain]}, 2);
	else
		tr_buf_add(out,
		    (const char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]},
		    6);
}

void tr_quote_json(struct tr_buf *out, const char *text, size_t len)
{
	size_t done = 0;

	tr_buf_adds(out, "\"");
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= 0x20 && byte != '"' && byte != '\\')
			continue;
		tr_buf_add(out, text + done, i - done);
		add_escape(out, byte);
		done = i + 1;
	}
	tr_buf_add(out, text + done, len - done);
	tr_buf_adds(out, "\"");
}
