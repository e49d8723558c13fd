/* post_job.c: POST /jobs and POST /jobs/ID: a job is made, or changed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/post_job.h"

#include "base/utf8.h"
#include "store/job_page.h"
#include "stream/json.h"
#include "web/post.h"
#include "web/posted.h"

static void add_job(void *arg, const struct tr_job_whole *job)
{
	tr_json_job_whole(arg, job, -1);
}

/* Appends the job as it is now, a line of valid UTF-8. */
static enum tr_err read_back(
    struct tr_post *post, int64_t id, struct tr_buf *answer, struct tr_why *why)
{
	struct tr_buf json = {0};
	enum tr_err err = tr_job_whole_read(post->submit.db, id, add_job, &json, why);

	tr_utf8_add(answer, json.data ? json.data : "", json.len);
	tr_buf_adds(answer, "\n");
	if (tr_buf_err(&json))
		answer->err = TR_NOMEM;
	tr_buf_free(&json);
	return err;
}

/* Writes the job, in the transaction that is open; 0 for its id: a new one. */
static enum tr_err write_job(
    struct tr_post *post, const struct tr_posted *posted, int64_t *id, struct tr_why *why)
{
	if (*id)
		return tr_change_update(
		    post->submit.db, *id, posted->values, posted->value_count, why);
	return tr_change_insert(post->submit.db, posted->values, posted->value_count, id, why);
}

static void submit(struct tr_post *post, const struct tr_posted *posted)
{
	int64_t id = post->request->job_id;
	int status = id ? 200 : 201;
	struct tr_buf answer = {0};
	struct tr_why why = {0};
	enum tr_err err;

	if (!tr_post_begin(post))
		return;
	err = write_job(post, posted, &id, &why);
	if (!err)
		err = read_back(post, id, &answer, &why);
	if (err) {
		tr_submit_rollback(&post->submit);
		tr_post_failed(post, err, &why);
	} else {
		tr_post_end(post, 0, status, &answer);
	}
	tr_buf_free(&answer);
}

/* What is required of a new job, and of a change. */
static enum tr_err complete(struct tr_posted *posted, int is_new, struct tr_why *why)
{
	static const struct tr_value running = {
	    .column = "state", .kind = TR_VALUE_TEXT, .text = {"running", 7}};

	if (is_new && !tr_posted_value(posted, "name"))
		return tr_fail(why, TR_INVALID, "A job has a name: {\"name\": \"deploy\"}.");
	if (!posted->value_count)
		return tr_fail(why, TR_INVALID,
		    "Nothing is to be changed: send, say, {\"progress\": 45}.");
	if (is_new && !tr_posted_value(posted, "state"))
		posted->values[posted->value_count++] = running;
	return TR_OK;
}

static void post_job(struct tr_post *post, const void *arg)
{
	struct tr_posted posted = {0};
	struct tr_buf body = {0};
	struct tr_why why = {0};
	enum tr_err err;

	(void)arg;
	if (tr_post_read(post, &body)) {
		err = tr_posted_job(&posted, &body, &why);
		if (!err)
			err = complete(&posted, !post->request->job_id, &why);
		if (err)
			tr_post_failed(post, err, &why);
		else
			submit(post, &posted);
	}
	tr_posted_free(&posted);
	tr_buf_free(&body);
}

enum tr_err tr_post_job(const struct tr_service *service, struct tr_request *request)
{
	return tr_post_answer(service, request, TR_POST_JSON, post_job, NULL);
}
