/* gateway.c: takes requests from the web server: FastCGI on descriptor 0, or plain CGI.
 *
 * - The body of a POST or PUT is left to who takes it; any other is read and thrown away.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/gateway.h"

#include <errno.h>
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/query.h"
#include "base/stop.h"

#define LINGER_S 60	/* for the rest of a body, */
#define LINGER_IDLE_S 5 /* or so long without any of it */

struct tr_gateway {
	enum tr_gateway_kind kind;
	FCGX_Request fcgi;
	int served; /* CGI: the one request has been taken */
};

enum tr_gateway_kind tr_gateway_kind(void)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening)
		return TR_GATEWAY_FASTCGI;
	return getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD") ? TR_GATEWAY_CGI
								       : TR_GATEWAY_NONE;
}

enum tr_err tr_gateway_open(
    struct tr_gateway **out, enum tr_gateway_kind kind, struct tr_why *why)
{
	struct tr_gateway *gateway = calloc(1, sizeof(*gateway));

	*out = NULL;
	if (!gateway)
		return tr_fail(why, TR_NOMEM, "out of memory");
	gateway->kind = kind;
	if (kind == TR_GATEWAY_FASTCGI) {
		if (FCGX_Init() ||
		    FCGX_InitRequest(&gateway->fcgi, 0, FCGI_FAIL_ACCEPT_ON_INTR)) {
			free(gateway);
			return tr_fail(why, TR_SYS, "libfcgi cannot be initialised");
		}
		tr_stop_install(); /* FCGX_Init() put its own handlers in place */
	}
	*out = gateway;
	return TR_OK;
}

/* What is announced. A server that hands over a body as it comes may not know its length. */
static int64_t body_len(const struct tr_request *request)
{
	int64_t len_bytes;

	if (!tr_query_number(
		tr_request_get(request, "CONTENT_LENGTH"), 0, INT64_MAX, &len_bytes))
		return len_bytes;
	return *tr_request_get(request, "HTTP_TRANSFER_ENCODING") ? TR_BODY_NO_LENGTH : 0;
}

/* Takes the request that its variables and its body make up. */
static void take(
    struct tr_request *request, char **env, struct tr_client client, struct tr_body body)
{
	*request = (struct tr_request){.env = env, .client = client, .body = body};
	request->body.len_bytes = body_len(request);
	if (!tr_request_sends(request))
		tr_body_skip(&request->body);
}

static enum tr_err accept_fastcgi(
    struct tr_gateway *gateway, struct tr_request *request, struct tr_why *why)
{
	int rc;

	do {
		if (tr_stop_asked())
			return TR_GONE;
		tr_stop_allow(1); /* one may have waited for this */
		rc = tr_stop_asked() ? -EINTR : FCGX_Accept_r(&gateway->fcgi);
		tr_stop_allow(0);
	} while (rc == -EINTR || rc == -ECONNABORTED || (rc < 0 && tr_stop_asked()));
	if (rc == -EINVAL || (rc == -1 && errno == EINVAL))
		return TR_GONE; /* the guardian shut the socket: the end */
	/* A request that came together with the signal is answered: it has no other worker. */
	if (rc < 0)
		return tr_fail_sys(why, "accept", rc == -1 ? errno : -rc);
	take(request, gateway->fcgi.envp,
	    (struct tr_client){.out = gateway->fcgi.out, .fd = gateway->fcgi.ipcFd},
	    (struct tr_body){.in = gateway->fcgi.in, .fd = gateway->fcgi.ipcFd});
	return TR_OK;
}

enum tr_err tr_gateway_accept(
    struct tr_gateway *gateway, struct tr_request *request, struct tr_why *why)
{
	if (gateway->kind == TR_GATEWAY_FASTCGI)
		return accept_fastcgi(gateway, request, why);
	if (gateway->served)
		return TR_GONE;
	gateway->served = 1;
	take(request, environ, (struct tr_client){.fd = STDOUT_FILENO},
	    (struct tr_body){.fd = STDIN_FILENO});
	return TR_OK;
}

/* Apache's mod_cgid gives a CGI one socket for both directions, sends the whole body and only
 * then looks for an answer. Closed with something unread the socket is reset, and the answer is
 * lost: so the rest of a body that was refused is taken. */
static void linger(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	int64_t end_ns = tr_mono_ns() + LINGER_S * TR_NS_PER_S;
	char bytes[16384];

	if (shutdown(STDOUT_FILENO, SHUT_WR)) /* no socket */
		return;
	while (tr_mono_ns() < end_ns && tr_stop_poll(&in, 1, LINGER_IDLE_S * TR_NS_PER_S) > 0 &&
	       read(STDIN_FILENO, bytes, sizeof(bytes)) > 0)
		continue;
}

void tr_gateway_finish(struct tr_gateway *gateway)
{
	if (gateway->kind == TR_GATEWAY_FASTCGI)
		FCGX_Finish_r(&gateway->fcgi);
	else
		linger();
}

void tr_gateway_close(struct tr_gateway *gateway)
{
	if (!gateway)
		return;
	if (gateway->kind == TR_GATEWAY_FASTCGI)
		FCGX_Free(&gateway->fcgi, 1);
	free(gateway);
}
