/* fuzz_posted.c: whatever a publisher sends as JSON, it is taken whole or refused.
 *
 * - The first byte of the input chooses: a job, or lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "web/posted.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void check_text(struct tr_text text)
{
	assert(text.data && text.data[text.len] == '\0');
	assert(!memchr(text.data, '\0', text.len));
	assert(tr_utf8_valid(text.data, text.len) == text.len);
}

static void check(const struct tr_posted *posted)
{
	assert(posted->value_count < TR_POSTED_MEMBERS);
	for (size_t i = 0; i < posted->value_count; i++) {
		const struct tr_value *value = &posted->values[i];

		assert(tr_posted_value(posted, value->column) == value);
		if (value->kind == TR_VALUE_TEXT)
			check_text(value->text);
	}
	for (size_t i = 0; i < posted->line_count; i++)
		check_text(posted->lines[i].message);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct tr_posted posted = {0};
	struct tr_buf body = {0};
	struct tr_why why = {0};
	enum tr_err err;

	if (!size)
		return 0;
	tr_buf_add(&body, input + 1, size - 1);
	err = input[0] % 2 ? tr_posted_lines(&posted, &body, &why)
			   : tr_posted_job(&posted, &body, &why);
	if (err)
		assert(err == TR_INVALID && *why.text);
	else
		check(&posted);
	tr_posted_free(&posted);
	tr_buf_free(&body);
	return 0;
}
