/* service.c: the routes of the URLs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/service.h"

#include <stdio.h>
#include <string.h>

#include "base/query.h"
#include "web/events.h"
#include "web/health.h"
#include "web/job_text.h"
#include "web/jobs_text.h"
#include "web/lists.h"
#include "web/respond.h"

#define QUERY_MAX_BYTES 32768 /* web servers have a lower limit of their own, mostly 8 KB */
#define ID_DIGITS 19

static const struct route {
	const char *path;    /* '#' stands for a job's number, '*' for a name */
	const char *methods; /* as the Allow header has them */
	enum tr_err (*serve)(const struct tr_service *service, struct tr_request *request);
} routes[] = {
    {"/events", "GET, HEAD", tr_events},
    {"/events/*", "GET, HEAD", tr_events},
    {"/jobs", "GET, HEAD", tr_jobs},
    {"/jobs.txt", "GET, HEAD", tr_jobs_text},
    {"/jobs/#", "GET, HEAD", tr_job},
    {"/jobs/#/log", "GET, HEAD", tr_job_log},
    {"/jobs/#/log.txt", "GET, HEAD", tr_job_text},
    {"/log", "GET, HEAD", tr_log},
    {"/health", "GET, HEAD", tr_health},
    {"/metrics", "GET, HEAD", tr_metrics},
};

/* Reads the number at the beginning of text. Returns its length; 0: there is none. */
static size_t read_id(const char *text, int64_t *id)
{
	size_t len = strspn(text, "0123456789");
	char digits[ID_DIGITS + 1];

	if (len > ID_DIGITS)
		return 0;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return tr_query_number(digits, 1, INT64_MAX, id) ? 0 : len;
}

/* Whether path is the route's; then its number, if it has one, is in *id. */
static int leads(const char *route, const char *path, int64_t *id)
{
	size_t before = strcspn(route, "#*"), digits;

	if (strncmp(path, route, before) != 0)
		return 0;
	if (!route[before])
		return !path[before];
	if (route[before] == '*')
		return path[before] && !strchr(path + before, '/');
	digits = read_id(path + before, id);
	return digits && strcmp(path + before + digits, route + before + 1) == 0;
}

/* Whether method is one of a route's. */
static int allows(const char *methods, const char *method)
{
	size_t len = strlen(method);
	const char *at = len ? strstr(methods, method) : NULL;

	return at && (at == methods || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0');
}

static enum tr_err refuse_method(struct tr_request *request, const char *methods)
{
	char detail[64], header[64];

	snprintf(detail, sizeof(detail), "This address takes %s.", methods);
	snprintf(header, sizeof(header), "Allow: %s", methods);
	return tr_respond_problem(request, 405, "Method Not Allowed", detail, header);
}

enum tr_err tr_service_answer(const struct tr_service *service, struct tr_request *request)
{
	const char *path = tr_request_path(request);

	if (strlen(tr_request_get(request, "QUERY_STRING")) > QUERY_MAX_BYTES)
		return tr_respond_problem(request, 414, "URI Too Long",
		    "The query string is longer than 32768 bytes.", NULL);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!leads(routes[i].path, path, &request->job_id))
			continue;
		if (!allows(routes[i].methods, tr_request_get(request, "REQUEST_METHOD")))
			return refuse_method(request, routes[i].methods);
		return routes[i].serve(service, request);
	}
	return tr_respond_problem(request, 404, "Not Found",
	    "Nothing is here; the event stream is at /events.", NULL);
}
