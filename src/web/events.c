/* events.c: GET /events, the event stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "stream/params.h"
#include "stream/stream.h"
#include "stream/visit.h"
#include "web/access.h"
#include "web/respond.h"
#include "web/viewing.h"

#define RETRY_MS 1000 /* and up to twice that */

#define UNKNOWN_JOBS "None of the jobs that job= names is known."

/* An error closes an EventSource for ever: where it may be over in a moment, the client is asked
 * to come again, and so is any that comes back with a cursor. */
static enum tr_err unavailable(
    struct tr_request *request, enum tr_err err, const struct tr_why *why)
{
	tr_errlog("%s", why->text);
	if (err == TR_BUSY || err == TR_NOMEM)
		return tr_respond_busy(request, "the database cannot be read now");
	tr_respond_unavailable(request, why->text);
	return TR_DB;
}

/* Sends the head and the first frames. */
static enum tr_err begin(const struct tr_service *service, struct tr_request *request,
    struct tr_stream *stream, struct tr_why *why)
{
	enum tr_err err = tr_respond_stream(request, RETRY_MS);

	return err ? err
		   : tr_stream_begin(stream, &request->client,
			 tr_conf_number(service->conf, TR_KEY_MAX_STREAM_SECONDS), why);
}

static enum tr_err carry(const struct tr_service *service, struct tr_request *request,
    struct tr_stream *stream, enum tr_answer answer)
{
	struct tr_why why = {0};
	enum tr_err err = TR_OK;

	if (answer == TR_ANSWER_STREAM)
		err = begin(service, request, stream, &why);
	if (!err)
		err = tr_stream_run(stream, &request->client, &why);
	if (err && err != TR_GONE)
		tr_errlog("%s; the stream ends, and its client comes back", why.text);
	return err;
}

static enum tr_err answer(const struct tr_service *service, struct tr_request *request,
    const struct tr_params *params, struct tr_source *source)
{
	struct tr_stream *stream = NULL;
	struct tr_why why = {0};
	enum tr_answer kind;
	enum tr_err err = tr_stream_open(&stream, source, params, &kind, &why);

	if (err)
		return unavailable(request, err, &why);
	if (kind == TR_ANSWER_UNKNOWN)
		err = tr_respond_problem(request, 404, "Not Found", UNKNOWN_JOBS, NULL);
	else if (kind == TR_ANSWER_NO_MORE)
		err = tr_respond_nothing(request);
	else if (kind != TR_ANSWER_GIVEN)
		err = carry(service, request, stream, kind);
	tr_stream_close(stream);
	return err;
}

/* Whether the log of jobs is among what the stream is to carry. */
static int has_jobs(const struct tr_params *params)
{
	for (int i = 0; i < params->stream_count; i++)
		if (strcmp(params->streams[i], "jobs") == 0)
			return 1;
	return !params->stream_count;
}

static enum tr_err stream(const struct tr_service *service, struct tr_request *request,
    const struct tr_params *params, const struct tr_viewer *viewer)
{
	struct tr_source source = {.db_path = tr_conf_text(service->conf, TR_KEY_DB),
	    .sections = service->sections,
	    .viewer = viewer,
	    .pool = service->pool,
	    .seat = service->seat,
	    .metrics = service->metrics};
	struct tr_why why = {0};
	enum tr_err err;

	if (!source.db_path && has_jobs(params)) {
		tr_fail(&why, TR_ABSENT,
		    "no database is named: set TAILROW_DB, or db in " TR_CONF_FILE);
		return unavailable(request, TR_ABSENT, &why);
	}
	err = answer(service, request, params, &source);
	if (source.visit)
		tr_visit_end(); /* the worker finishes the response */
	return err;
}

static enum tr_err probe(struct tr_request *request, int64_t seconds)
{
	enum tr_err err = tr_respond_stream(request, RETRY_MS);

	return err ? err : tr_stream_probe(&request->client, seconds);
}

/* Answers with a stream of what params ask for, if there is a place for it. */
static enum tr_err serve(const struct tr_service *service, struct tr_request *request,
    struct tr_params *params, const struct tr_viewer *viewer)
{
	if (tr_conf_text(service->conf, TR_KEY_HOLD))
		tr_params_hold_at_most(params, tr_conf_number(service->conf, TR_KEY_HOLD));
	if (tr_request_is_head(request))
		return tr_respond_stream(request, RETRY_MS);
	if (service->pool &&
	    !tr_seat_take_stream(service->seat, tr_request_get(request, "REMOTE_ADDR"))) {
		tr_count(&service->metrics->refusals, 1);
		return tr_respond_busy(request, "every place for a stream is taken");
	}
	tr_count(&service->metrics->streams, 1);
	if (params->probe_s)
		return probe(request, params->probe_s);
	return stream(service, request, params, viewer);
}

/* Reads what is asked for, by the query string and by the name in the URL. */
static enum tr_err read_params(
    struct tr_request *request, struct tr_params *params, char *query, struct tr_why *why)
{
	const char *name = tr_request_path(request) + strlen("/events");
	enum tr_err err =
	    tr_params_parse(params, query, tr_request_get(request, "HTTP_LAST_EVENT_ID"), why);

	if (err || !*name)
		return err;
	params->stream_count = 0;
	return tr_params_add_stream(params, name + 1, why);
}

/* Leaves of the job log what the request may see. Not inlined: what it needs would stay on the
 * stack as long as the stream lasts, a page of each worker. */
__attribute__((noinline)) static enum tr_err narrow(struct tr_params *params,
    const struct tr_ticket *ticket, const struct tr_service *service,
    const struct tr_request *request, struct tr_why *why)
{
	struct tr_filter scope;
	enum tr_err err = tr_access_scope(&scope, ticket, service, request, why);

	if (!err && !tr_access_narrow(&params->filter, &scope))
		err = tr_fail(why, TR_ABSENT, UNKNOWN_JOBS);
	return err;
}

/* Reads the ticket, and ends the stream when that does: the client that then comes back with
 * it is refused. */
static enum tr_err take_ticket(struct tr_ticket *ticket, struct tr_params *params,
    const struct tr_service *service, const struct tr_request *request, struct tr_why *why)
{
	enum tr_err err = tr_access_ticket(ticket, service, request, why);
	int64_t left_s = ticket->until_s - tr_wall_ms() / 1000;

	if (!err && ticket->until_s) /* it may just have expired, and less than 0 is for ever */
		tr_params_hold_at_most(params, left_s > 0 ? left_s : 0);
	return err;
}

static enum tr_err refuse(struct tr_request *request, enum tr_err err, const struct tr_why *why)
{
	switch (err) {
	case TR_ABSENT:
		return tr_respond_problem(request, 404, "Not Found", why->text, NULL);
	case TR_INVALID:
		return tr_respond_problem(request, 400, "Bad Request", why->text, NULL);
	default:
		return tr_access_refuse(request, err, why);
	}
}

enum tr_err tr_events(const struct tr_service *service, struct tr_request *request)
{
	char *query = strdup(tr_request_get(request, "QUERY_STRING"));
	char *values = strdup(tr_request_get(request, "QUERY_STRING")); /* the viewer's */
	struct tr_viewer viewer = {0};
	struct tr_ticket ticket;
	struct tr_params params = {0};
	struct tr_why why = {0};
	enum tr_err err;

	if (!query || !values)
		err = tr_fail(&why, TR_NOMEM, "Out of memory.");
	else
		err = read_params(request, &params, query, &why);
	if (!err)
		err = take_ticket(&ticket, &params, service, request, &why);
	if (!err)
		err = tr_viewer_read(
		    &viewer, request, &ticket, service->sections, &params, values, &why);
	if (!err && has_jobs(&params) && !params.probe_s)
		err = narrow(&params, &ticket, service, request, &why);
	err = err ? refuse(request, err, &why) : serve(service, request, &params, &viewer);
	free(query);
	free(values);
	return err;
}
