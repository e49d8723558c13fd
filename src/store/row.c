/* row.c: what the words in a row mean.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/row.h"

#include <string.h>

int tr_text_is(struct tr_text text, const char *word)
{
	return text.len == strlen(word) &&
	       (!text.len || memcmp(text.data, word, text.len) == 0);
}

int tr_event_name(struct tr_text text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._:-";

	for (size_t i = 0; i < text.len; i++)
		if (!memchr(allowed, text.data[i], sizeof(allowed) - 1))
			return 0;
	return text.len >= 1 && text.len <= 64;
}

int tr_event_reserved(struct tr_text text)
{
	static const char *const names[] = {"hello", "snapshot", "gap", "reset", "ping", "busy",
	    "row", "gone", "open", "error"};
	size_t i = 0, count = sizeof(names) / sizeof(names[0]);

	while (i < count && !tr_text_is(text, names[i]))
		i++;
	return i < count;
}

enum tr_marker tr_marker_of(struct tr_text event)
{
	if (tr_text_is(event, "status-update"))
		return TR_MARKER_STATUS;
	if (tr_text_is(event, "completion"))
		return TR_MARKER_COMPLETION;
	if (tr_text_is(event, "removed"))
		return TR_MARKER_REMOVED;
	return TR_MARKER_NONE;
}

int tr_state_final(struct tr_text state)
{
	return tr_text_is(state, "succeeded") || tr_text_is(state, "failed") ||
	       tr_text_is(state, "canceled");
}
