/* gateway.c: takes requests from the web server: FastCGI on descriptor 0, or plain CGI.
 *
 * - The body of a request is read and thrown away: no route takes one yet. One that has not
 *   come within 100 ms is not waited for: a client that sends slowly would hold a worker.
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
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"

/* So long is waited for a body; where none is announced, for the server's word that there is
 * none, which a busy server may send later than the rest of the request. */
#define BODY_MS 100
#define NO_BODY_MS 10000

struct tr_gateway {
	enum tr_gateway_kind kind;
	FCGX_Request fcgi;
	int served; /* CGI: the one request has been taken */
};

extern char **environ;

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

static int has_body(const struct tr_request *request)
{
	const char *length = tr_request_get(request, "CONTENT_LENGTH");

	return (*length && strcmp(length, "0") != 0) ||
	       *tr_request_get(request, "HTTP_TRANSFER_ENCODING");
}

/* An unread end of the body would make the socket look as if the client had gone. Byte by
 * byte, because a longer read would wait for each byte anew. */
static void drain_fastcgi(const FCGX_Request *fcgi, int timeout_ms)
{
	const struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	int64_t end_ns = tr_mono_ns() + timeout_ms * TR_NS_PER_MS;

	setsockopt(fcgi->ipcFd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	while (FCGX_GetChar(fcgi->in) != EOF && tr_mono_ns() < end_ns)
		continue;
}

/* Apache's mod_cgid gives a CGI one socket for both directions. Closed with something unread
 * it is reset, and the response is lost. */
static void drain_cgi(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	int64_t end_ns = tr_mono_ns() + BODY_MS * TR_NS_PER_MS;
	char bytes[4096];
	int64_t left_ns;

	while ((left_ns = end_ns - tr_mono_ns()) > 0 && tr_stop_poll(&in, 1, left_ns) > 0 &&
	       read(STDIN_FILENO, bytes, sizeof(bytes)) > 0)
		continue;
}

static enum tr_err accept_fastcgi(
    struct tr_gateway *gateway, struct tr_request *request, struct tr_why *why)
{
	int rc;

	do {
		if (tr_stop_asked())
			return TR_GONE;
		tr_stop_allow(1);
		rc = FCGX_Accept_r(&gateway->fcgi);
		tr_stop_allow(0);
	} while (rc == -EINTR || rc == -ECONNABORTED || (rc < 0 && tr_stop_asked()));
	if (rc == -EINVAL || (rc == -1 && errno == EINVAL))
		return TR_GONE; /* the guardian shut the socket: the end */
	/* A request that came together with the signal is answered: it has no other worker. */
	if (rc < 0)
		return tr_fail(why, TR_SYS, "accept: %s", strerror(rc == -1 ? errno : -rc));
	request->env = gateway->fcgi.envp;
	drain_fastcgi(&gateway->fcgi, has_body(request) ? BODY_MS : NO_BODY_MS);
	request->client =
	    (struct tr_client){.out = gateway->fcgi.out, .fd = gateway->fcgi.ipcFd};
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
	drain_cgi();
	request->env = environ;
	request->client = (struct tr_client){.fd = STDOUT_FILENO};
	return TR_OK;
}

void tr_gateway_finish(struct tr_gateway *gateway)
{
	if (gateway->kind == TR_GATEWAY_FASTCGI)
		FCGX_Finish_r(&gateway->fcgi);
}

void tr_gateway_close(struct tr_gateway *gateway)
{
	if (!gateway)
		return;
	if (gateway->kind == TR_GATEWAY_FASTCGI)
		FCGX_Free(&gateway->fcgi, 1);
	free(gateway);
}
