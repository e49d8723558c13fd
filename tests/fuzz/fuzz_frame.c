/* fuzz_frame.c: any message must come back from a client's parser as it went in.
 *
 * - The first byte of the input tells whether the frame has an id; the rest is its data.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>

#include "../unit/ref_stream.h"
#include "../unit/ref_utf8.h"
#include "base/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* What a client has to get: line ends as LF, then invalid UTF-8 as U+FFFD. *out is malloc'd;
 * returns its length. */
static size_t expected(char **out, const char *data, size_t len)
{
	char *lines = malloc(len + 1);
	size_t lines_len = ref_fold_line_ends(lines, data, len), valid;

	*out = malloc(3 * lines_len + 1);
	len = ref_utf8_clean(*out, lines, lines_len, &valid);
	free(lines);
	return len;
}

static void assert_next(
    struct ref_stream *s, const char *type, const char *id, const char *data, size_t len)
{
	assert(ref_stream_next(s));
	assert(ref_is(s->type, type));
	assert(ref_is(s->id, id));
	assert(s->data_len == len && memcmp(s->data, data, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const char *data, *id;
	struct ref_stream s;
	struct tr_buf out = {0};
	size_t want_len;
	char *want;

	if (!size)
		return 0;
	data = (const char *)input + 1;
	id = input[0] & 1 ? "e-1" : NULL;
	want_len = expected(&want, data, size - 1);
	tr_frame_add(&out, "log", id, data, size - 1);
	tr_frame_add(&out, "after", "e-2", "", 0);
	s = ref_stream_open(out.data, out.len);
	assert_next(&s, "log", id ? id : "", want, want_len);
	assert_next(&s, "after", "e-2", "", 0);
	assert(!ref_stream_next(&s) && !s.rest.len);
	ref_stream_free(&s);
	tr_buf_free(&out);
	free(want);
	return 0;
}
