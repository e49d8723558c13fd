/* child.c: a request that is answered in a child, which may open the database.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/child.h"

#include <errno.h>
#include <string.h>

#include "base/errlog.h"
#include "stream/visit.h"
#include "web/respond.h"

enum tr_err tr_child_answer(const struct tr_service *service, struct tr_request *request,
    tr_answerer *answer, const void *arg)
{
	struct tr_visit *visit = NULL;

	if (!service->pool)
		return answer(service, request, arg);
	tr_count(&service->metrics->queries, 1);
	switch (tr_visit_begin(&visit, NULL, 0)) {
	case TR_VISIT_CHILD:
		answer(service, request, arg);
		tr_visit_end(); /* the worker finishes the response */
	case TR_VISIT_NONE:
		tr_errlog("fork: %s", strerror(errno));
		tr_respond_unavailable(
		    request, "the system has no process to spare: try again");
		return TR_SYS;
	default:
		return TR_OK;
	}
}

int tr_child_place(const struct tr_service *service, struct tr_request *request)
{
	if (!service->pool ||
	    tr_seat_take_stream(service->seat, tr_request_get(request, "REMOTE_ADDR")))
		return 1;
	tr_body_skip(&request->body);
	tr_respond_problem(request, 503, "Service Unavailable",
	    "Every place for a stream, a download or an upload is taken.", "Retry-After: 5");
	return 0;
}
