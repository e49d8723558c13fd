/* params.c: what a client asks of an event stream, read from its query string.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/params.h"

#include <string.h>

#include "base/query.h"
#include "store/row.h"

#define TAIL_DEFAULT 200
#define TAIL_MAX 10000
#define HOLD_MAX_S 86400
#define PROBE_MAX_S 30

/* Calls take() for each piece of a comma-separated value, until one fails. */
static enum tr_err each(struct tr_params *params, char *list,
    enum tr_err (*take)(struct tr_params *, const char *, struct tr_why *), struct tr_why *why)
{
	enum tr_err err = TR_OK;
	char *piece;

	do {
		piece = strsep(&list, ",");
		err = take(params, piece, why);
	} while (!err && list);
	return err;
}

static enum tr_err take_job(struct tr_params *params, const char *text, struct tr_why *why)
{
	struct tr_filter *filter = &params->filter;
	int64_t id;

	if (strcmp(text, "none") == 0)
		id = TR_NO_JOB;
	else if (tr_query_number(text, 1, INT64_MAX, &id))
		return tr_fail(why, TR_INVALID,
		    "job: expected job numbers separated by commas, such as job=1,2, or none");
	if (filter->job_count && tr_filter_job(filter, id))
		return TR_OK;
	if (filter->job_count == TR_FILTER_JOBS)
		return tr_fail(why, TR_INVALID,
		    "job: more than %d jobs; leave job out to follow all", TR_FILTER_JOBS);
	filter->jobs[filter->job_count++] = id;
	return TR_OK;
}

static enum tr_err take_event(struct tr_params *params, const char *text, struct tr_why *why)
{
	struct tr_filter *filter = &params->filter;
	size_t len = strlen(text);

	if (!tr_event_name((struct tr_text){text, len}))
		return tr_fail(why, TR_INVALID,
		    "event: expected event names separated by commas, such as "
		    "event=log,completion");
	if (filter->event_count && tr_filter_event(filter, text))
		return TR_OK;
	if (filter->event_count == TR_FILTER_EVENTS)
		return tr_fail(why, TR_INVALID,
		    "event: more than %d names; leave event out to follow all",
		    TR_FILTER_EVENTS);
	memcpy(filter->events[filter->event_count++], text, len + 1);
	return TR_OK;
}

static enum tr_err read_jobs(struct tr_params *params, char *value, struct tr_why *why)
{
	return each(params, value, take_job, why);
}

static enum tr_err read_events(struct tr_params *params, char *value, struct tr_why *why)
{
	return each(params, value, take_event, why);
}

static enum tr_err read_level(struct tr_params *params, char *value, struct tr_why *why)
{
	enum tr_level level = tr_level_of((struct tr_text){value, strlen(value)});

	if (level == TR_LEVELS)
		return tr_fail(why, TR_INVALID, "level: expected debug, info, warn or error");
	params->filter.level = level;
	return TR_OK;
}

static enum tr_err read_number(
    const char *name, const char *value, int64_t max, int64_t *out, struct tr_why *why)
{
	if (tr_query_number(value, 0, max, out))
		return tr_fail(why, TR_INVALID, "%s: expected a number from 0 to %lld", name,
		    (long long)max);
	return TR_OK;
}

static enum tr_err read_tail(struct tr_params *params, char *value, struct tr_why *why)
{
	return read_number("tail", value, TAIL_MAX, &params->tail, why);
}

static enum tr_err read_hold(struct tr_params *params, char *value, struct tr_why *why)
{
	return read_number("hold", value, HOLD_MAX_S, &params->hold_s, why);
}

static enum tr_err read_probe(struct tr_params *params, char *value, struct tr_why *why)
{
	return read_number("probe", value, PROBE_MAX_S, &params->probe_s, why);
}

static void take_cursor(struct tr_params *params, const char *text)
{
	params->since =
	    tr_cursor_parse(&params->cursor, text) ? TR_SINCE_LOST : TR_SINCE_CURSOR;
	*params->resume = '\0';
	if (strchr(text, ':') && strlen(text) < sizeof(params->resume))
		strcpy(params->resume, text);
}

static enum tr_err read_since(struct tr_params *params, char *value, struct tr_why *why)
{
	(void)why;
	if (strcmp(value, "all") == 0)
		params->since = TR_SINCE_ALL;
	else if (strcmp(value, "now") == 0)
		params->since = TR_SINCE_NOW;
	else
		take_cursor(params, value);
	return TR_OK;
}

enum tr_err tr_params_add_stream(struct tr_params *params, const char *name, struct tr_why *why)
{
	size_t len = strlen(name);

	if (!len || len >= TR_STREAM_SIZE)
		return tr_fail(why, TR_INVALID,
		    "stream: expected names separated by commas, such as stream=jobs,orders");
	for (int i = 0; i < params->stream_count; i++)
		if (strcmp(params->streams[i], name) == 0)
			return TR_OK;
	if (params->stream_count == TR_STREAMS)
		return tr_fail(why, TR_INVALID, "stream: more than %d streams", TR_STREAMS);
	memcpy(params->streams[params->stream_count++], name, len + 1);
	return TR_OK;
}

static enum tr_err read_stream(struct tr_params *params, char *value, struct tr_why *why)
{
	return each(params, value, tr_params_add_stream, why);
}

static const struct {
	const char *name;
	enum tr_err (*read)(struct tr_params *params, char *value, struct tr_why *why);
} readers[] = {
    {"job", read_jobs},
    {"event", read_events},
    {"level", read_level},
    {"tail", read_tail},
    {"since", read_since},
    {"stream", read_stream},
    {"hold", read_hold},
    {"probe", read_probe},
};

enum tr_err tr_params_parse(
    struct tr_params *params, char *query, const char *last_event_id, struct tr_why *why)
{
	char unreadable[] = "?"; /* a value that no reader accepts */
	struct tr_param param;
	enum tr_err err = TR_OK;

	*params = (struct tr_params){.tail = TAIL_DEFAULT, .hold_s = TR_HOLD_FOREVER};
	while (query && !err && tr_query_next(&query, &param)) {
		for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
			if (strcmp(param.name, readers[i].name) != 0)
				continue;
			if (strlen(param.value) != param.value_len) /* a NUL byte inside */
				param.value = unreadable;
			err = readers[i].read(params, param.value, why);
		}
	}
	if (!err && last_event_id && *last_event_id)
		take_cursor(params, last_event_id);
	return err;
}

void tr_params_pick(struct tr_params *params, const char *name)
{
	char copy[TR_RESUME_SIZE], *rest = copy, *piece;
	size_t len = strlen(name);

	if (!*params->resume)
		return;
	memcpy(copy, params->resume, sizeof(copy));
	params->since = TR_SINCE_NONE;
	while ((piece = strsep(&rest, ",")))
		if (strncmp(piece, name, len) == 0 && piece[len] == ':')
			params->since = tr_cursor_parse(&params->cursor, piece + len + 1)
					    ? TR_SINCE_LOST
					    : TR_SINCE_CURSOR;
}

void tr_params_hold_at_most(struct tr_params *params, int64_t most_s)
{
	if (params->hold_s == TR_HOLD_FOREVER || params->hold_s > most_s)
		params->hold_s = most_s;
}
