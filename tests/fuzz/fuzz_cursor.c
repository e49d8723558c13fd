/* fuzz_cursor.c: what is read as a cursor is written as the same text, and back.
 *
 * - The input is tried twice: as a text, and as the bytes of a position to write first.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void text_is_stable(const char *text)
{
	char again[TR_CURSOR_SIZE];
	struct tr_cursor c, before;

	memset(&c, 0x5A, sizeof(c));
	before = c;
	if (tr_cursor_parse(&c, text)) {
		assert(memcmp(&c, &before, sizeof(c)) == 0);
		return;
	}
	tr_cursor_format(again, &c);
	assert(strcmp(again, text) == 0);
}

static void position_is_stable(const uint8_t *input, size_t size)
{
	static const char alnum[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	struct tr_cursor c = {{0}, 0}, again;
	char text[TR_CURSOR_SIZE];
	size_t epoch_len = size - sizeof(c.n);

	memcpy(&c.n, input, sizeof(c.n));
	c.n &= INT64_MAX;
	for (size_t i = 0; i < epoch_len; i++)
		c.epoch[i] = alnum[input[sizeof(c.n) + i] % (sizeof(alnum) - 1)];
	tr_cursor_format(text, &c);
	assert(tr_cursor_parse(&again, text) == TR_OK);
	assert(again.n == c.n && strcmp(again.epoch, c.epoch) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, input, size);
	text[size] = '\0';
	text_is_stable(text);
	free(text);
	if (size > sizeof(int64_t) && size < sizeof(int64_t) + TR_EPOCH_SIZE)
		position_is_stable(input, size);
	return 0;
}
