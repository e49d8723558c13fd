/* job_text.c: GET /jobs/ID/log.txt: a job's log as a file.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/job_text.h"

#include "base/errlog.h"
#include "base/stop.h"
#include "store/jobs.h"
#include "store/log_text.h"
#include "web/child.h"
#include "web/lists.h"
#include "web/reading.h"
#include "web/respond.h"

/* The last line of a log that could not be sent whole: its status was sent long before. */
#define NOT_ALL "[tailrow: this is not all of the log, which cannot be read at the moment]\n"

static enum tr_err next_piece(
    struct tr_log_text *text, struct tr_buf *out, int *more, struct tr_why *why)
{
	tr_buf_clear(out);
	if (tr_stop_asked())
		return tr_fail(why, TR_BUSY, "the server stops");
	return tr_log_text_next(text, out, more, why);
}

/* Sends the head, the first piece, and whatever follows. */
static enum tr_err send_all(struct tr_request *request, struct tr_log_text *text,
    struct tr_buf *piece, int more, struct tr_why *why)
{
	enum tr_err err = tr_respond_file(request, text->job_id), failure = TR_OK;

	if (tr_request_is_head(request))
		return err;
	if (!err)
		err = tr_client_send(&request->client, piece);
	while (!err && more && !failure) {
		failure = next_piece(text, piece, &more, why);
		if (failure) {
			tr_errlog("%s; a log was sent in part", why->text);
			tr_buf_clear(piece);
			tr_buf_adds(piece, NOT_ALL);
		}
		err = tr_client_send(&request->client, piece);
	}
	return err;
}

static enum tr_err send_text(
    const void *arg, const struct tr_log *log, struct tr_request *request)
{
	const struct tr_list_params *params = arg;
	struct tr_log_text text = {.db = log->db,
	    .job_id = request->job_id,
	    .with_time = params->with_time,
	    .owner = params->scope.owner};
	struct tr_buf piece = {0};
	struct tr_bounds bounds;
	struct tr_why why = {0};
	int more = 1;
	enum tr_err err = tr_jobs_known(log->db, &params->scope, request->job_id, &why);

	if (!err)
		err = tr_reader_bounds(log->reader, &bounds, &why);
	if (!err) {
		text.until = bounds.newest;
		err = next_piece(&text, &piece, &more, &why);
	}
	err = err ? tr_reading_failed(request, err, &why)
		  : send_all(request, &text, &piece, more, &why);
	tr_log_text_close(&text);
	tr_buf_free(&piece);
	return err;
}

enum tr_err tr_job_text(const struct tr_service *service, struct tr_request *request)
{
	struct tr_list_params params;

	if (!tr_lists_ask(service, request, TR_LIST_LOG_TEXT, &params))
		return TR_OK;
	if (!tr_child_place(service, request))
		return TR_OK;
	return tr_reading_run(service, request, send_text, &params);
}
