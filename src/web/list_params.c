/* list_params.c: what a client asks of a list of jobs or lines, read from its query string.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/list_params.h"

#include <string.h>

#include "base/query.h"
#include "store/lines.h"
#include "store/row.h"

#define LIMIT_DEFAULT 200

#define LINES (TR_LIST_JOB_LOG | TR_LIST_LOG)

static struct tr_text text_of(const struct tr_param *param)
{
	return (struct tr_text){param->value, param->value_len};
}

static enum tr_err read_states(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	char *rest = param->value;
	enum tr_state state;

	params->states = 0;
	while (rest) {
		const char *piece = strsep(&rest, ",");

		state = tr_state_of((struct tr_text){piece, strlen(piece)});
		if (state == TR_STATES)
			return tr_fail(why, TR_INVALID,
			    "state: expected queued, running, succeeded, failed or canceled, "
			    "separated by commas");
		params->states |= 1u << state;
	}
	return TR_OK;
}

static enum tr_err read_level(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	params->level = tr_level_of(text_of(param));
	if (params->level == TR_LEVELS)
		return tr_fail(why, TR_INVALID, "level: expected debug, info, warn or error");
	return TR_OK;
}

static enum tr_err read_words(
    char *out, size_t most_bytes, const struct tr_param *param, struct tr_why *why)
{
	if (param->value_len > most_bytes)
		return tr_fail(
		    why, TR_INVALID, "%s: longer than %zu bytes", param->name, most_bytes);
	memcpy(out, param->value, param->value_len + 1);
	return TR_OK;
}

static enum tr_err read_name(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	return read_words(params->name, TR_LIST_NAME_BYTES, param, why);
}

static enum tr_err read_text(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	return read_words(params->text, TR_LIST_TEXT_BYTES, param, why);
}

static enum tr_err read_number(
    const struct tr_param *param, int64_t min, int64_t max, int64_t *out, struct tr_why *why)
{
	if (tr_query_number(param->value, min, max, out))
		return tr_fail(why, TR_INVALID, "%s: expected a number from %lld to %lld",
		    param->name, (long long)min, (long long)max);
	return TR_OK;
}

static enum tr_err read_limit(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	int64_t limit;
	enum tr_err err = read_number(param, 1, TR_PAGE_ROWS, &limit, why);

	if (!err)
		params->page.limit = (int)limit;
	return err;
}

static enum tr_err read_place(struct tr_list_params *params, const struct tr_param *param,
    enum tr_page_from from, struct tr_why *why)
{
	if (params->page.from != TR_PAGE_LAST)
		return tr_fail(
		    why, TR_INVALID, "%s: a page has one place; say one only", param->name);
	params->page.from = from;
	return read_number(param, 0, INT64_MAX, &params->page.at, why);
}

static enum tr_err read_before(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	return read_place(params, param, TR_PAGE_BEFORE, why);
}

static enum tr_err read_after(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	return read_place(params, param, TR_PAGE_AFTER, why);
}

static enum tr_err read_around(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	return read_place(params, param, TR_PAGE_AROUND, why);
}

static enum tr_err read_rank(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	return read_place(params, param, TR_PAGE_RANK, why);
}

static enum tr_err read_job(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	if (strcmp(param->value, "none") == 0)
		params->job_id = TR_NO_JOB;
	else if (tr_query_number(param->value, 1, INT64_MAX, &params->job_id))
		return tr_fail(why, TR_INVALID, "job: expected a job's number, or none");
	return TR_OK;
}

static enum tr_err read_time(
    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why)
{
	int64_t with_time;
	enum tr_err err = read_number(param, 0, 1, &with_time, why);

	if (!err)
		params->with_time = (int)with_time;
	return err;
}

static const struct {
	const char *name;
	unsigned lists; /* enum tr_list, each that has it */
	enum tr_err (*read)(
	    struct tr_list_params *params, const struct tr_param *param, struct tr_why *why);
} readers[] = {
    {"state", TR_LIST_JOBS, read_states},
    {"name", TR_LIST_JOBS, read_name},
    {"q", TR_LIST_JOBS | LINES, read_text},
    {"level", LINES, read_level},
    {"job", TR_LIST_LOG, read_job},
    {"before", TR_LIST_JOBS | LINES, read_before},
    {"after", LINES, read_after},
    {"around", LINES, read_around},
    {"rank", LINES, read_rank},
    {"limit", TR_LIST_JOBS | LINES, read_limit},
    {"time", TR_LIST_LOG_TEXT, read_time},
};

static enum tr_err read_param(struct tr_list_params *params, enum tr_list list,
    const struct tr_param *param, struct tr_why *why)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (!(readers[i].lists & list) || strcmp(param->name, readers[i].name) != 0)
			continue;
		if (strlen(param->value) != param->value_len)
			return tr_fail(why, TR_INVALID, "%s: a NUL byte", param->name);
		return readers[i].read(params, param, why);
	}
	return TR_OK;
}

enum tr_err tr_list_params_parse(
    struct tr_list_params *params, enum tr_list list, char *query, struct tr_why *why)
{
	struct tr_param param;
	enum tr_err err = TR_OK;

	*params = (struct tr_list_params){
	    .page = {.from = TR_PAGE_LAST, .limit = LIMIT_DEFAULT}, .job_id = TR_LINES_ALL};
	while (query && !err && tr_query_next(&query, &param))
		err = read_param(params, list, &param, why);
	return err;
}
