/* request.h: one request as the web server handed it over, through FastCGI or CGI.
 *
 * - A reader of CGI variables (RFC 3875), whichever way they came.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_REQUEST_H
#define TR_WEB_REQUEST_H

#include "base/conf.h"
#include "base/err.h"
#include "stream/client.h"
#include "web/body.h"

struct tr_request {
	char **env;		 /* NAME=VALUE strings; the gateway's */
	struct tr_client client; /* where the response goes */
	struct tr_body body;	 /* of a POST or PUT; of others it is thrown away */
	int64_t job_id;		 /* the number in the URL, where its route has one */
};

/* The value of a CGI variable, "" where it is not set. Points into the request. */
const char *tr_request_get(const struct tr_request *request, const char *name);

/* Whether it is a POST or a PUT. */
int tr_request_sends(const struct tr_request *request);

int tr_request_is_head(const struct tr_request *request);

/* What follows the program's own name in the URL: "/events". Points into the request. */
const char *tr_request_path(const struct tr_request *request);

#endif
