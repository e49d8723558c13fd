/* gateway.h: takes requests from the web server: FastCGI on descriptor 0, or plain CGI.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_GATEWAY_H
#define TR_WEB_GATEWAY_H

#include "base/err.h"
#include "web/request.h"

/* How a web server started this process. */
enum tr_gateway_kind {
	TR_GATEWAY_NONE,    /* not at all: a person did */
	TR_GATEWAY_CGI,	    /* for one request, told in the environment */
	TR_GATEWAY_FASTCGI, /* descriptor 0 is a listening socket */
};

enum tr_gateway_kind tr_gateway_kind(void);

struct tr_gateway;

/* Prepares to accept. TR_OK; TR_NOMEM or TR_SYS with the reason in *why, *out NULL. */
enum tr_err tr_gateway_open(
    struct tr_gateway **out, enum tr_gateway_kind kind, struct tr_why *why);

/* Waits for the next request. TR_OK, and *request points into the gateway until
 * tr_gateway_finish(); TR_GONE: a signal asked to stop, or the one CGI request was served;
 * TR_SYS with the reason in *why. */
enum tr_err tr_gateway_accept(
    struct tr_gateway *gateway, struct tr_request *request, struct tr_why *why);

/* Ends the response. */
void tr_gateway_finish(struct tr_gateway *gateway);

/* gateway may be NULL. */
void tr_gateway_close(struct tr_gateway *gateway);

#endif
