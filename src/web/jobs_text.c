/* jobs_text.c: GET /jobs.txt: the jobs as a page without scripts shows them.
 *
 * - A control character in a job's texts is shown as a space: a job is one line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/jobs_text.h"

#include <math.h>
#include <stdio.h>

#include "store/job_page.h"
#include "web/lists.h"
#include "web/reading.h"

static void add_text(struct tr_buf *out, struct tr_text text)
{
	size_t from = out->len;

	tr_buf_add(out, text.data, text.len);
	for (size_t i = from; !tr_buf_err(out) && i < out->len; i++)
		if ((unsigned char)out->data[i] < ' ' || out->data[i] == '\177')
			out->data[i] = ' ';
}

/* Why it failed, or else what it is at. */
static void add_detail(struct tr_buf *out, const struct tr_job *job)
{
	struct tr_text detail = job->error.len ? job->error : job->step;

	if (!detail.len)
		return;
	tr_buf_adds(out, ": ");
	add_text(out, detail);
}

static void add_job(void *arg, const struct tr_job_whole *whole)
{
	const struct tr_job *job = &whole->job;
	struct tr_buf *out = arg;
	char progress[8] = "";

	if (!isnan(job->progress))
		snprintf(progress, sizeof(progress), "%d%%", (int)job->progress);
	tr_buf_addf(out, "%6lld  %-9.*s  %4s  ", (long long)job->id, (int)job->state.len,
	    job->state.data, progress);
	add_text(out, job->name);
	add_detail(out, job);
	tr_buf_adds(out, "\n");
}

static enum tr_err read_jobs(const void *arg, const struct tr_log *log,
    const struct tr_cursor *cursor, struct tr_buf *out, struct tr_why *why)
{
	const struct tr_jobs_ask ask = tr_lists_jobs_ask(arg);
	struct tr_page page;
	enum tr_err err = tr_job_page_read(log->db, &ask, &page, add_job, out, why);

	(void)cursor;
	if (!err && !page.count)
		tr_buf_adds(out, "There are no jobs.\n");
	return err;
}

enum tr_err tr_jobs_text(const struct tr_service *service, struct tr_request *request)
{
	struct tr_list_params params;
	const struct tr_reading reading = {
	    .read = read_jobs, .arg = &params, .type = "text/plain; charset=utf-8"};

	if (!tr_lists_ask(service, request, TR_LIST_JOBS, &params))
		return TR_OK;
	return tr_reading_answer(service, request, &reading);
}
