/* split.c: finds the lines in bytes that come piece by piece.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/split.h"

#include <string.h>

#include "base/utf8.h"

/* The line that bytes begins with, and in *used what it takes; 0: its end is not there yet. */
static size_t first_line(const char *bytes, size_t len, int at_end, size_t *used)
{
	size_t most = len <= TR_SPLIT_BYTES ? len : TR_SPLIT_BYTES + 1;
	const char *newline = memchr(bytes, '\n', most);

	if (newline) {
		*used = (size_t)(newline - bytes) + 1;
		return *used - 1;
	}
	if (len > TR_SPLIT_BYTES)
		return *used = tr_utf8_whole(bytes, TR_SPLIT_BYTES);
	return *used = at_end ? len : 0;
}

size_t tr_split(const char *bytes, size_t len, int at_end, struct tr_text *lines, size_t room,
    size_t *count)
{
	size_t taken = 0, used, line_len;

	for (*count = 0; *count < room && taken < len; taken += used) {
		line_len = first_line(bytes + taken, len - taken, at_end, &used);
		if (!used)
			break;
		lines[(*count)++] = (struct tr_text){bytes + taken, line_len};
	}
	return taken;
}
