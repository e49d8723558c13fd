/* json.c: the JSON objects of the public contract, made from rows and jobs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/quote.h"

/* Appends the object's text and frees it. object may be NULL: an allocation failed. */
static void print(struct tr_buf *out, cJSON *object)
{
	char *text = object ? cJSON_PrintUnformatted(object) : NULL;

	if (text)
		tr_buf_adds(out, text);
	else
		out->err = TR_NOMEM;
	cJSON_free(text);
	cJSON_Delete(object);
}

/* The text as a JSON string: not cJSON's own, which ends at a NUL byte. */
static cJSON *text_item(struct tr_text text)
{
	struct tr_buf quoted = {0};
	cJSON *item;

	if (!text.data)
		return cJSON_CreateNull();
	tr_quote_json(&quoted, text.data, text.len);
	item = tr_buf_err(&quoted) ? NULL : cJSON_CreateRaw(quoted.data);
	tr_buf_free(&quoted);
	return item;
}

/* Gives item to object; clears *ok where either could not be made. */
static void add(cJSON *object, const char *key, cJSON *item, int *ok)
{
	if (!item || !cJSON_AddItemToObjectCS(object, key, item)) {
		cJSON_Delete(item);
		*ok = 0;
	}
}

static void add_text(cJSON *object, const char *key, struct tr_text text, int *ok)
{
	add(object, key, text_item(text), ok);
}

static void add_words(cJSON *object, const char *key, const char *words, int *ok)
{
	add(object, key, cJSON_CreateString(words), ok);
}

/* An id as an exact integer: cJSON's own numbers are doubles. */
static void add_id(cJSON *object, const char *key, int64_t id, int *ok)
{
	char digits[21];

	snprintf(digits, sizeof(digits), "%lld", (long long)id);
	add(object, key, cJSON_CreateRaw(digits), ok);
}

static void add_null(cJSON *object, const char *key, int *ok)
{
	add(object, key, cJSON_CreateNull(), ok);
}

static void add_job_id(cJSON *object, const struct tr_row *row, int *ok)
{
	if (row->has_job)
		add_id(object, "jobId", row->job_id, ok);
	else
		add_null(object, "jobId", ok);
}

/* Prints the object that was filled, or makes the failure stick. */
static void finish(struct tr_buf *out, cJSON *object, int ok)
{
	if (!ok) {
		cJSON_Delete(object);
		object = NULL;
	}
	print(out, object);
}

static cJSON *job_object(const struct tr_job *job, int *ok)
{
	cJSON *object = cJSON_CreateObject();

	add_id(object, "jobId", job->id, ok);
	add_text(object, "name", job->name, ok);
	add_text(object, "state", job->state, ok);
	add(object, "progress",
	    isnan(job->progress) ? cJSON_CreateNull() : cJSON_CreateNumber(job->progress), ok);
	add_text(object, "step", job->step, ok);
	add_text(object, "url", job->url, ok);
	add_text(object, "error", job->error, ok);
	if (job->has_exit_code)
		add_id(object, "exitCode", job->exit_code, ok);
	else
		add_null(object, "exitCode", ok);
	add_text(object, "startedAt", job->started_at, ok);
	add_text(object, "finishedAt", job->finished_at, ok);
	return object;
}

void tr_json_job(struct tr_buf *out, const struct tr_job *job)
{
	int ok = 1;
	cJSON *object = job_object(job, &ok);

	finish(out, object, ok);
}

void tr_json_job_whole(struct tr_buf *out, const struct tr_job_whole *whole, int64_t lines)
{
	int ok = 1;
	cJSON *object = job_object(&whole->job, &ok);

	if (whole->has_signal)
		add_id(object, "signal", whole->signal, &ok);
	else
		add_null(object, "signal", &ok);
	add_text(object, "createdAt", whole->created_at, &ok);
	add_text(object, "beatAt", whole->beat_at, &ok);
	add_text(object, "host", whole->host, &ok);
	add_text(object, "cwd", whole->cwd, &ok);
	add_text(object, "key", whole->key, &ok);
	add_text(object, "owner", whole->owner, &ok);
	if (lines >= 0)
		add_id(object, "lines", lines, &ok);
	finish(out, object, ok);
}

void tr_json_removed(struct tr_buf *out, int64_t job_id)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_id(object, "jobId", job_id, &ok);
	finish(out, object, ok);
}

void tr_json_line(struct tr_buf *out, const struct tr_row *row, int is_cut)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_id(object, "id", row->id, &ok);
	add_job_id(object, row, &ok);
	add_text(object, "event", row->event, &ok);
	add_text(object, "level", row->level, &ok);
	add_text(object, "message", row->message, &ok);
	add_text(object, "at", row->created_at, &ok);
	if (is_cut)
		add(object, "truncated", cJSON_CreateTrue(), &ok);
	finish(out, object, ok);
}

void tr_json_log(struct tr_buf *out, const struct tr_row *row)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_job_id(object, row, &ok);
	add_text(object, "level", row->level, &ok);
	add_text(object, "message", row->message, &ok);
	add_text(object, "at", row->created_at, &ok);
	finish(out, object, ok);
}

void tr_json_group(struct tr_buf *out, const struct tr_row *row)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_job_id(object, row, &ok);
	add_text(object, "title", row->message, &ok);
	finish(out, object, ok);
}

void tr_json_hello(struct tr_buf *out, const char *epoch, const struct tr_bounds *bounds,
    int heartbeat_s, int resumed)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_words(object, "epoch", epoch, &ok);
	add_id(object, "oldest", bounds->oldest, &ok);
	add_id(object, "newest", bounds->newest, &ok);
	add_id(object, "heartbeat", heartbeat_s, &ok);
	add(object, "resumed", cJSON_CreateBool(resumed), &ok);
	finish(out, object, ok);
}

void tr_json_snapshot(struct tr_buf *out, const struct tr_job_list *list)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *jobs = cJSON_CreateArray();
	int ok = 1;

	for (int i = 0; i < list->count; i++) {
		cJSON *job = job_object(&list->jobs[i], &ok);

		if (!cJSON_AddItemToArray(jobs, job)) {
			cJSON_Delete(job);
			ok = 0;
		}
	}
	add(object, "jobs", jobs, &ok);
	add_id(object, "total", list->total, &ok);
	finish(out, object, ok);
}

void tr_json_gap(struct tr_buf *out, int64_t after, int64_t next)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_id(object, "after", after, &ok);
	add_id(object, "next", next, &ok);
	finish(out, object, ok);
}

void tr_json_reset(struct tr_buf *out, const char *reason)
{
	cJSON *object = cJSON_CreateObject();
	int ok = 1;

	add_words(object, "reason", reason, &ok);
	finish(out, object, ok);
}

void tr_json_ping(struct tr_buf *out, const struct tr_beat *beats, int count)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *by_job = cJSON_CreateObject();
	char now[TR_ISO_SIZE], key[21];
	int ok = 1;

	tr_iso_now(now);
	add_words(object, "time", now, &ok);
	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "%lld", (long long)beats[i].job_id);
		if (!cJSON_AddStringToObject(by_job, key, beats[i].at))
			ok = 0;
	}
	add(object, "beats", by_job, &ok);
	finish(out, object, ok);
}
