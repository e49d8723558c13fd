/* masks.c: values that must not reach the log, and their replacement by `***`.
 *
 * - A text costs one look at each byte, and a comparison for each value where one may begin.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/masks.h"

#include <string.h>

#define STARS "***"

static int is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return 0;
	return 1;
}

static int has(const struct tr_masks *masks, const char *value, size_t len)
{
	for (size_t i = 0; i < masks->count; i++)
		if (masks->value[i].len == len &&
		    !memcmp(masks->bytes + masks->value[i].at, value, len))
			return 1;
	return 0;
}

static int add_one(struct tr_masks *masks, const char *value, size_t len)
{
	if (is_blank(value, len) || has(masks, value, len) || masks->full)
		return 1;
	if (masks->count == TR_MASKS_MAX || len > TR_MASKS_MAX_BYTES - masks->used_bytes) {
		masks->full = 1;
		return 0;
	}
	memcpy(masks->bytes + masks->used_bytes, value, len);
	masks->value[masks->count].at = masks->used_bytes;
	masks->value[masks->count].len = len;
	masks->count++;
	masks->used_bytes += len;
	masks->begins[(unsigned char)*value] = 1;
	return 1;
}

int tr_masks_add(struct tr_masks *masks, const char *value, size_t len)
{
	int fits = add_one(masks, value, len);
	size_t line;

	for (size_t at = 0; at < len; at += line + 1) {
		for (line = 0; at + line < len && !strchr("\r\n", value[at + line]); line++)
			;
		fits &= add_one(masks, value + at, line);
	}
	return fits;
}

/* The length of the longest value that stands at text; 0: none. Where one may stand there that
 * goes on behind the text, *open becomes 1. */
static size_t match(const struct tr_masks *masks, const char *text, size_t len, int *open)
{
	size_t longest = 0;

	if (!masks->begins[(unsigned char)*text])
		return 0;
	for (size_t i = 0; i < masks->count; i++) {
		size_t size = masks->value[i].len;

		if (memcmp(masks->bytes + masks->value[i].at, text, size < len ? size : len) !=
		    0)
			continue;
		if (size > len)
			*open = 1;
		else if (size > longest)
			longest = size;
	}
	return longest;
}

/* Behind the value that stands at text + begin and all that overlap it; begin where there is
 * none. *open as in match(), of any of them. */
static size_t masked_end(
    const struct tr_masks *masks, const char *text, size_t len, size_t begin, int *open)
{
	size_t end = begin + match(masks, text + begin, len - begin, open);

	for (size_t at = begin + 1; at < end; at++) {
		size_t size = match(masks, text + at, len - at, open);

		if (at + size > end)
			end = at + size;
	}
	return end;
}

size_t tr_masks_apply(const struct tr_masks *masks, char *out, const char *text, size_t len)
{
	size_t out_len = 0, end;
	int open = 0;

	if (masks->full) {
		memcpy(out, STARS, strlen(STARS));
		return strlen(STARS);
	}
	for (size_t at = 0; at < len; at = end) {
		end = masked_end(masks, text, len, at, &open);
		if (end > at) {
			memcpy(out + out_len, STARS, strlen(STARS));
			out_len += strlen(STARS);
		} else {
			out[out_len++] = text[end++];
		}
	}
	return out_len;
}

size_t tr_masks_safe(const struct tr_masks *masks, const char *text, size_t len)
{
	size_t end;
	int open = 0;

	for (size_t at = 0; at<len; at = end> at ? end : at + 1) {
		end = masked_end(masks, text, len, at, &open);
		if (open)
			return at;
	}
	return len;
}
