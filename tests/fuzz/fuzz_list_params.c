/* fuzz_list_params.c: whatever a client asks of a list, it is in bounds or a parameter is
 * named.
 *
 * - The first byte of the input chooses the list; the rest is the query.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/lines.h"
#include "web/list_params.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void check_refusal(const char *why)
{
	static const char *const names[] = {"state: ", "name: ", "q: ", "level: ", "job: ",
	    "before: ", "after: ", "around: ", "rank: ", "limit: ", "time: "};
	int named = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		named |= strncmp(why, names[i], strlen(names[i])) == 0;
	assert(named);
}

static void check_params(const struct tr_list_params *params)
{
	assert(params->page.from >= TR_PAGE_LAST && params->page.from <= TR_PAGE_RANK);
	assert(params->page.limit >= 1 && params->page.limit <= TR_PAGE_ROWS);
	assert(params->page.from == TR_PAGE_LAST || params->page.at >= 0);
	assert(params->states < 1u << TR_STATES);
	assert(params->level >= TR_LEVEL_DEBUG && params->level < TR_LEVELS);
	assert(params->job_id >= TR_LINES_ALL);
	assert(params->with_time == 0 || params->with_time == 1);
	assert(memchr(params->name, '\0', sizeof(params->name)));
	assert(memchr(params->text, '\0', sizeof(params->text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct tr_list_params params;
	struct tr_why why = {0};
	char *query;

	if (!size)
		return 0;
	query = malloc(size);
	memcpy(query, input + 1, size - 1);
	query[size - 1] = '\0';
	memset(&params, 0x5A, sizeof(params));
	if (tr_list_params_parse(&params, (enum tr_list)(1 << input[0] % 4), query, &why))
		check_refusal(why.text);
	else
		check_params(&params);
	free(query);
	return 0;
}
