/* fuzz_params.c: whatever a client asks, the parameters are in bounds or one is named.
 *
 * - The input up to its first NUL is the query, the rest the Last-Event-ID header.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/row.h"
#include "stream/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* A refusal begins with the name of one of our parameters, and never with since. */
static void check_refusal(const char *why)
{
	static const char *const names[] = {
	    "job: ", "event: ", "level: ", "tail: ", "hold: ", "probe: ", "stream: "};
	int named = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		named |= strncmp(why, names[i], strlen(names[i])) == 0;
	assert(named);
}

static void check_filter(const struct tr_filter *filter)
{
	assert(filter->job_count >= 0 && filter->job_count <= TR_FILTER_JOBS);
	for (int i = 0; i < filter->job_count; i++) {
		assert(filter->jobs[i] >= TR_NO_JOB);
		for (int k = 0; k < i; k++)
			assert(filter->jobs[k] != filter->jobs[i]);
	}
	assert(filter->event_count >= 0 && filter->event_count <= TR_FILTER_EVENTS);
	for (int i = 0; i < filter->event_count; i++) {
		const char *name = filter->events[i];

		assert(memchr(name, '\0', TR_EVENT_SIZE));
		assert(tr_event_name((struct tr_text){name, strlen(name)}));
	}
	assert(filter->level >= TR_LEVEL_DEBUG && filter->level < TR_LEVELS);
}

/* What a cursor of several streams says of each is a cursor, or is none. */
static void check_streams(const struct tr_params *params)
{
	assert(params->stream_count >= 0 && params->stream_count <= TR_STREAMS);
	for (int i = 0; i < params->stream_count; i++) {
		struct tr_params one = *params;
		char text[TR_CURSOR_SIZE];

		assert(*params->streams[i] && memchr(params->streams[i], '\0', TR_STREAM_SIZE));
		for (int k = 0; k < i; k++)
			assert(strcmp(params->streams[k], params->streams[i]) != 0);
		tr_params_pick(&one, one.streams[i]);
		assert(one.since >= TR_SINCE_NONE && one.since <= TR_SINCE_LOST);
		if (one.since == TR_SINCE_CURSOR)
			tr_cursor_format(text, &one.cursor);
	}
}

static void check_params(const struct tr_params *params)
{
	char text[TR_CURSOR_SIZE];

	check_filter(&params->filter);
	check_streams(params);
	assert(params->tail >= 0 && params->tail <= 10000);
	assert(params->hold_s == TR_HOLD_FOREVER ||
	       (params->hold_s >= 0 && params->hold_s <= 86400));
	assert(params->probe_s >= 0 && params->probe_s <= 30);
	assert(params->since >= TR_SINCE_NONE && params->since <= TR_SINCE_LOST);
	if (params->since == TR_SINCE_CURSOR)
		tr_cursor_format(text, &params->cursor);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *query = malloc(size + 1);
	const char *header = NULL;
	struct tr_params params;
	struct tr_why why = {0};

	memcpy(query, input, size);
	query[size] = '\0';
	if (strlen(query) < size)
		header = query + strlen(query) + 1;
	memset(&params, 0x5A, sizeof(params));
	if (tr_params_parse(&params, query, header, &why)) {
		check_refusal(why.text);
	} else {
		check_params(&params);
		assert(!header || !*header || params.since >= TR_SINCE_CURSOR);
	}
	free(query);
	return 0;
}
