/* fuzz_query.c: a query is walked within its text, and its plain form means the same.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void add_encoded(struct tr_buf *out, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		char form[] = {'%', hex[byte >> 4], hex[byte & 15]};

		tr_buf_add(out, form, sizeof(form));
	}
}

static void check_number(const char *text)
{
	int64_t n = -1;

	if (tr_query_number(text, 5, 5000, &n))
		assert(n == -1);
	else
		assert(n >= 5 && n <= 5000 && n == atoll(text));
}

/* Walks a copy of the query, and writes it to plain with every byte encoded. */
static void walk(struct tr_buf *plain, const char *query, size_t len)
{
	char *text = strndup(query, len), *rest = text, *end = text + strlen(text);
	struct tr_param p;

	while (tr_query_next(&rest, &p)) {
		assert(p.name >= text && p.name + strlen(p.name) <= p.value);
		assert(p.value + p.value_len <= end && p.value[p.value_len] == '\0');
		check_number(p.value);
		add_encoded(plain, p.name, strlen(p.name));
		tr_buf_adds(plain, "=");
		add_encoded(plain, p.value, p.value_len);
		tr_buf_adds(plain, "&");
	}
	assert(!rest);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct tr_buf plain = {0}, again = {0};

	tr_buf_adds(&plain, "");
	tr_buf_adds(&again, "");
	walk(&plain, (const char *)input, size);
	walk(&again, plain.data, plain.len);
	assert(strcmp(again.data, plain.data) == 0);
	tr_buf_free(&plain);
	tr_buf_free(&again);
	return 0;
}
