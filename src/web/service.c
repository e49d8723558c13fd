/* service.c: the routes of the URLs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/service.h"

#include <string.h>

#include "web/events.h"
#include "web/health.h"
#include "web/respond.h"

#define QUERY_MAX_BYTES 32768 /* web servers have a lower limit of their own, mostly 8 KB */

static const struct route {
	const char *path;
	const char *methods; /* as the Allow header has them */
	enum tr_err (*serve)(const struct tr_service *service, struct tr_request *request);
} routes[] = {
    {"/events", "GET, HEAD", tr_events},
    {"/health", "GET, HEAD", tr_health},
    {"/metrics", "GET, HEAD", tr_metrics},
};

/* Whether method is one of a route's. */
static int allows(const char *methods, const char *method)
{
	size_t len = strlen(method);
	const char *at = len ? strstr(methods, method) : NULL;

	return at && (at == methods || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0');
}

enum tr_err tr_service_answer(const struct tr_service *service, struct tr_request *request)
{
	const char *path = tr_request_path(request);

	if (strlen(tr_request_get(request, "QUERY_STRING")) > QUERY_MAX_BYTES)
		return tr_respond_problem(request, 414, "URI Too Long",
		    "The query string is longer than 32768 bytes.", NULL);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(path, routes[i].path) != 0)
			continue;
		if (!allows(routes[i].methods, tr_request_get(request, "REQUEST_METHOD")))
			return tr_respond_problem(request, 405, "Method Not Allowed",
			    "This address is read with GET.", routes[i].methods);
		return routes[i].serve(service, request);
	}
	return tr_respond_problem(request, 404, "Not Found",
	    "Nothing is here; the event stream is at /events.", NULL);
}
