/* frame.c: writes the event stream format of the HTML standard.
 *
 * - A line's cost is one scan for its end, one for its validity and one copy.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/frame.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

#define COMMENT_MIN_BYTES 3 /* ": " and the LF */

static int is_one_line(const char *text)
{
	return !strpbrk(text, "\r\n");
}

/* One field line. prefix is the name, a colon and a space: a parser eats one space, so a
 * value that begins with one would lose it without ours. */
static void add_field(struct tr_buf *out, const char *prefix, const char *value)
{
	assert(is_one_line(value));
	tr_buf_adds(out, prefix);
	tr_buf_adds(out, value);
	tr_buf_adds(out, "\n");
}

static const char *find(const char *from, const char *end, char c)
{
	const char *at = memchr(from, c, (size_t)(end - from));

	return at ? at : end;
}

/* One line for each line of data. The next CR and the next LF are remembered, each looked
 * for again only once it is passed: so the time is linear, however the two are mixed. */
static void add_data(struct tr_buf *out, const char *data, size_t len)
{
	const char *at = data, *end = data + len;
	const char *cr = find(at, end, '\r'), *lf = find(at, end, '\n'), *stop;

	for (;;) {
		stop = cr < lf ? cr : lf;
		tr_buf_adds(out, "data: ");
		tr_utf8_add(out, at, (size_t)(stop - at));
		tr_buf_adds(out, "\n");
		if (stop == end)
			return;
		at = stop + 1;
		if (stop == cr && at < end && at == lf)
			at++;
		if (cr < at)
			cr = find(at, end, '\r');
		if (lf < at)
			lf = find(at, end, '\n');
	}
}

void tr_frame_add(
    struct tr_buf *out, const char *event, const char *id, const char *data, size_t len)
{
	add_field(out, "event: ", event);
	if (id)
		add_field(out, "id: ", id);
	add_data(out, len ? data : "", len);
	tr_buf_adds(out, "\n");
}

void tr_frame_comment(struct tr_buf *out, const char *text, size_t min_bytes)
{
	size_t pad = min_bytes > COMMENT_MIN_BYTES ? min_bytes - COMMENT_MIN_BYTES : 0;

	assert(is_one_line(text));
	tr_buf_addf(out, ": %-*s\n", (int)pad, text);
}

void tr_frame_retry(struct tr_buf *out, unsigned retry_ms)
{
	tr_buf_addf(out, "retry: %u\n\n", retry_ms);
}
