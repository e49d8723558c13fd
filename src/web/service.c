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
#include "web/post.h"
#include "web/post_job.h"
#include "web/post_log.h"
#include "web/respond.h"

#define QUERY_MAX_BYTES 32768 /* web servers have a lower limit of their own, mostly 8 KB */
#define MB INT64_C(1048576)
#define ID_DIGITS 19

typedef enum tr_err server(const struct tr_service *service, struct tr_request *request);

static const struct route {
	const char *path; /* '#' stands for a job's number, '*' for a name */
	server *get;	  /* also for HEAD */
	server *post;	  /* NULL: nothing can be sent there */
	int puts;	  /* whether a PUT is as good as a POST: `curl -T` makes one */
} routes[] = {
    {"/events", tr_events, NULL, 0},
    {"/events/*", tr_events, NULL, 0},
    {"/jobs", tr_jobs, tr_post_job, 0},
    {"/jobs.txt", tr_jobs_text, NULL, 0},
    {"/jobs/#", tr_job, tr_post_job, 0},
    {"/jobs/#/log", tr_job_log, tr_post_log, 1},
    {"/jobs/#/log.txt", tr_job_text, NULL, 0},
    {"/log", tr_log, tr_post_log, 1},
    {"/health", tr_health, NULL, 0},
    {"/metrics", tr_metrics, NULL, 0},
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

static enum tr_err refuse_method(struct tr_request *request, const char *methods)
{
	char detail[64], header[64];

	tr_body_skip(&request->body);
	snprintf(detail, sizeof(detail), "This address takes %s.", methods);
	snprintf(header, sizeof(header), "Allow: %s", methods);
	return tr_respond_problem(request, 405, "Method Not Allowed", detail, header);
}

static enum tr_err serve(
    const struct route *route, const struct tr_service *service, struct tr_request *request)
{
	const char *method = tr_request_get(request, "REQUEST_METHOD");
	int posts = route->post && tr_post_enabled(service);

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return route->get(service, request);
	if (posts &&
	    (strcmp(method, "POST") == 0 || (route->puts && strcmp(method, "PUT") == 0)))
		return route->post(service, request);
	return refuse_method(request, !posts	    ? "GET, HEAD"
				      : route->puts ? "GET, HEAD, POST, PUT"
						    : "GET, HEAD, POST");
}

enum tr_err tr_service_answer(const struct tr_service *service, struct tr_request *request)
{
	const char *path = tr_request_path(request);
	int is_long = strlen(tr_request_get(request, "QUERY_STRING")) > QUERY_MAX_BYTES;
	int is_large =
	    request->body.len_bytes > tr_conf_number(service->conf, TR_KEY_PUBLISH_MAX_MB) * MB;

	for (size_t i = 0; !is_large && !is_long && i < sizeof(routes) / sizeof(routes[0]); i++)
		if (leads(routes[i].path, path, &request->job_id))
			return serve(&routes[i], service, request);
	if (tr_request_sends(request))
		tr_body_skip(&request->body);
	if (is_large)
		return tr_respond_problem(request, 413, "Content Too Large",
		    "The body is longer than any may be here (publish_max_mb).", NULL);
	if (is_long)
		return tr_respond_problem(request, 414, "URI Too Long",
		    "The query string is longer than 32768 bytes.", NULL);
	return tr_respond_problem(request, 404, "Not Found",
	    "Nothing is here; the event stream is at /events.", NULL);
}
