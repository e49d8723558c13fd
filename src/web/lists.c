/* lists.c: GET /jobs, /jobs/ID, /jobs/ID/log and /log: jobs and lines as JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/lists.h"

#include <stdlib.h>
#include <string.h>

#include "store/jobs.h"
#include "store/lines.h"
#include "stream/json.h"
#include "web/access.h"
#include "web/list_params.h"
#include "web/reading.h"
#include "web/respond.h"

/* A list that is being written. */
struct list {
	struct tr_buf *out;
	int count;
};

static void next(struct list *list)
{
	if (list->count++)
		tr_buf_adds(list->out, ",");
}

static void add_job(void *arg, const struct tr_job_whole *job)
{
	struct list *list = arg;

	next(list);
	tr_json_job_whole(list->out, job, -1);
}

static void add_line(void *arg, const struct tr_row *row, int is_cut)
{
	struct list *list = arg;

	next(list);
	tr_json_line(list->out, row, is_cut);
}

/* Appends a member whose value is a number, or null where it is negative. */
static void add_number(struct tr_buf *out, const char *key, int64_t number)
{
	if (number < 0)
		tr_buf_addf(out, ",\"%s\":null", key);
	else
		tr_buf_addf(out, ",\"%s\":%lld", key, (long long)number);
}

/* Appends what is said of a page below its list, and ends the object. */
static void add_end(
    struct tr_buf *out, const struct tr_page *page, const struct tr_cursor *cursor)
{
	char text[TR_CURSOR_SIZE];

	tr_cursor_format(text, cursor);
	add_number(out, "total", page->total);
	tr_buf_addf(out, ",\"complete\":%s", page->complete ? "true" : "false");
	add_number(out, "next", page->next);
	tr_buf_addf(out, ",\"cursor\":\"%s\"}", text);
}

struct tr_jobs_ask tr_lists_jobs_ask(const struct tr_list_params *params)
{
	return (struct tr_jobs_ask){.states = params->states,
	    .name = *params->name ? params->name : NULL,
	    .text = *params->text ? params->text : NULL,
	    .scope = &params->scope,
	    .page = params->page};
}

static enum tr_err read_jobs(const void *arg, const struct tr_log *log,
    const struct tr_cursor *cursor, struct tr_buf *out, struct tr_why *why)
{
	const struct tr_jobs_ask ask = tr_lists_jobs_ask(arg);
	struct list list = {.out = out};
	struct tr_page page;
	enum tr_err err;

	tr_buf_adds(out, "{\"jobs\":[");
	err = tr_job_page_read(log->db, &ask, &page, add_job, &list, why);
	if (err)
		return err;
	tr_buf_adds(out, "]");
	add_end(out, &page, cursor);
	return TR_OK;
}

static enum tr_err read_lines(const void *arg, const struct tr_log *log,
    const struct tr_cursor *cursor, struct tr_buf *out, struct tr_why *why)
{
	const struct tr_list_params *params = arg;
	const struct tr_lines_ask ask = {.job_id = params->job_id,
	    .level = params->level,
	    .text = *params->text ? params->text : NULL,
	    .scope = &params->scope,
	    .page = params->page};
	struct list list = {.out = out};
	struct tr_page page;
	enum tr_err err = TR_OK;

	if (params->job_id > TR_NO_JOB)
		err = tr_jobs_known(log->db, &params->scope, params->job_id, why);
	tr_buf_adds(out, "{\"lines\":[");
	if (!err)
		err = tr_lines_read(log->db, &ask, &page, add_line, &list, why);
	if (err)
		return err;
	tr_buf_adds(out, "]");
	add_number(out, "rank", page.rank);
	add_end(out, &page, cursor);
	return TR_OK;
}

/* The one job that is being written, and how many lines it has. */
struct one {
	struct tr_buf *out;
	int64_t lines;
};

static void add_one(void *arg, const struct tr_job_whole *job)
{
	const struct one *one = arg;

	tr_json_job_whole(one->out, job, one->lines);
}

static enum tr_err read_job(const void *arg, const struct tr_log *log,
    const struct tr_cursor *cursor, struct tr_buf *out, struct tr_why *why)
{
	const struct tr_list_params *params = arg;
	struct one one = {.out = out};
	struct tr_page page;
	enum tr_err err = tr_jobs_known(log->db, &params->scope, params->job_id, why);

	(void)cursor;
	if (!err)
		err = tr_lines_count(log->db, params->job_id, &page, why);
	if (err)
		return err;
	one.lines = page.complete ? page.total : -1;
	return tr_job_whole_read(log->db, params->job_id, add_one, &one, why);
}

enum tr_err tr_job(const struct tr_service *service, struct tr_request *request)
{
	struct tr_list_params params;
	const struct tr_reading reading = {.read = read_job, .arg = &params};

	if (!tr_lists_ask(service, request, TR_LIST_JOB, &params))
		return TR_OK;
	params.job_id = request->job_id;
	return tr_reading_answer(service, request, &reading);
}

/* Sets what the request may see. Returns 1; or 0: nothing, and it is answered. */
static int may_see(
    const struct tr_service *service, struct tr_request *request, struct tr_filter *scope)
{
	struct tr_ticket ticket;
	struct tr_why why = {0};
	enum tr_err err = tr_access_ticket(&ticket, service, request, &why);

	if (!err)
		err = tr_access_scope(scope, &ticket, service, request, &why);
	if (err)
		tr_access_refuse(request, err, &why);
	return !err;
}

int tr_lists_ask(const struct tr_service *service, struct tr_request *request,
    enum tr_list list, struct tr_list_params *params)
{
	char *query = strdup(tr_request_get(request, "QUERY_STRING"));
	struct tr_why why = {0};
	enum tr_err err = TR_NOMEM;

	if (query)
		err = tr_list_params_parse(params, list, query, &why);
	free(query);
	if (err == TR_NOMEM)
		tr_respond_problem(request, 503, "Service Unavailable", "Out of memory.", NULL);
	else if (err)
		tr_respond_problem(request, 400, "Bad Request", why.text, NULL);
	return !err && may_see(service, request, &params->scope);
}

enum tr_err tr_jobs(const struct tr_service *service, struct tr_request *request)
{
	struct tr_list_params params;
	const struct tr_reading reading = {.read = read_jobs, .arg = &params};

	if (!tr_lists_ask(service, request, TR_LIST_JOBS, &params))
		return TR_OK;
	return tr_reading_answer(service, request, &reading);
}

enum tr_err tr_job_log(const struct tr_service *service, struct tr_request *request)
{
	struct tr_list_params params;
	const struct tr_reading reading = {.read = read_lines, .arg = &params};

	if (!tr_lists_ask(service, request, TR_LIST_JOB_LOG, &params))
		return TR_OK;
	params.job_id = request->job_id;
	return tr_reading_answer(service, request, &reading);
}

enum tr_err tr_log(const struct tr_service *service, struct tr_request *request)
{
	struct tr_list_params params;
	const struct tr_reading reading = {.read = read_lines, .arg = &params};

	if (!tr_lists_ask(service, request, TR_LIST_LOG, &params))
		return TR_OK;
	return tr_reading_answer(service, request, &reading);
}
