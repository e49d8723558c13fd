/* row.c: what the words in a row mean.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/row.h"

#include <string.h>

const char *const tr_state_names[TR_STATES] = {
    "queued", "running", "succeeded", "failed", "canceled"};

int tr_text_is(struct tr_text text, const char *word)
{
	return text.len == strlen(word) &&
	       (!text.len || memcmp(text.data, word, text.len) == 0);
}

/* The locale is the "C" of a program that sets none: strcasestr() folds ASCII alone, and its
 * time is linear. */
int tr_text_has(struct tr_text text, const char *words)
{
	const char *end = text.data + text.len;

	/* Piece by piece: a text may hold NUL bytes. One follows it, in SQLite's memory too. */
	for (const char *at = text.data; at && at < end; at += strlen(at) + 1)
		if (strcasestr(at, words))
			return 1;
	return 0;
}

enum tr_state tr_state_of(struct tr_text name)
{
	int state = 0;

	while (state < TR_STATES && !tr_text_is(name, tr_state_names[state]))
		state++;
	return (enum tr_state)state;
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
	enum tr_state known = tr_state_of(state);

	return known >= TR_STATE_SUCCEEDED && known < TR_STATES;
}
