/* body.c: what a client sends with its request.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/body.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"

/* So long is waited for a body that nobody wants: a client that sends slowly would hold a
 * worker. Where none is announced, for the server's word that there is none, which a busy
 * server may send later than the rest of the request. */
#define SKIP_MS 100
#define NO_BODY_MS 10000

/* In which a server that has lost its client closes both ways to a CGI. */
#define LEFT_MS 50

static enum tr_err at_end(const struct tr_body *body)
{
	return body->len_bytes <= body->come_bytes ? TR_OK : TR_GONE;
}

/* Waits for the next byte, and takes it. A read that times out leaves a stream that says so. */
static enum tr_err first_byte(
    struct tr_body *body, char *byte, int64_t deadline_ns, size_t *len)
{
	int64_t left_ns = deadline_ns - tr_mono_ns();
	struct timeval timeout;
	int got;

	if (left_ns < TR_NS_PER_MS)
		left_ns = TR_NS_PER_MS; /* 0 would be for ever */
	timeout = (struct timeval){
	    (time_t)(left_ns / TR_NS_PER_S), (suseconds_t)(left_ns % TR_NS_PER_S / 1000)};
	setsockopt(body->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	got = FCGX_GetChar(body->in);
	if (got < 0 && FCGX_GetError(body->in) == EAGAIN)
		return TR_BUSY;
	if (got < 0)
		return FCGX_GetError(body->in) ? TR_GONE : at_end(body);
	*byte = (char)got;
	*len = 1;
	return TR_OK;
}

/* What libfcgi has already: taking no more, it does not wait. */
static size_t buffered(const struct tr_body *body, size_t cap)
{
	size_t have = (size_t)(body->in->stop - body->in->rdNext);

	return have < cap ? have : cap;
}

static enum tr_err read_fastcgi(
    struct tr_body *body, char *bytes, size_t cap, int64_t deadline_ns, size_t *len)
{
	enum tr_err err = TR_OK;

	if (!buffered(body, cap))
		err = first_byte(body, bytes, deadline_ns, len);
	if (!err && (*len || buffered(body, cap)))
		*len += (size_t)FCGX_GetStr(
		    bytes + *len, (int)buffered(body, cap - *len), body->in);
	return err;
}

/* Where no length was announced, a CGI's input ends in the same way when the client has left in
 * the middle (Apache sends the body as it comes, in chunks too). But then nobody waits for the
 * answer either. */
static enum tr_err at_plain_end(const struct tr_body *body)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	if (body->len_bytes == TR_BODY_NO_LENGTH &&
	    tr_stop_poll(&out, 1, LEFT_MS * TR_NS_PER_MS) > 0)
		return TR_GONE;
	return at_end(body);
}

/* A CGI reads no more than was announced (RFC 3875, section 4.2): more may never come, and no
 * end either. */
static enum tr_err read_plain(
    struct tr_body *body, char *bytes, size_t cap, int64_t deadline_ns, size_t *len)
{
	struct pollfd in = {.fd = body->fd, .events = POLLIN};
	int64_t left_ns = deadline_ns - tr_mono_ns();
	int64_t left_bytes = body->len_bytes - body->come_bytes;
	ssize_t got;

	if (body->len_bytes != TR_BODY_NO_LENGTH && left_bytes < (int64_t)cap)
		cap = left_bytes > 0 ? (size_t)left_bytes : 0;
	if (!cap)
		return TR_OK;
	if (tr_stop_poll(&in, 1, left_ns > 0 ? left_ns : 0) <= 0)
		return TR_BUSY;
	got = read(body->fd, bytes, cap);
	if (got <= 0)
		return got ? TR_GONE : at_plain_end(body);
	*len = (size_t)got;
	return TR_OK;
}

enum tr_err tr_body_read(
    struct tr_body *body, char *bytes, size_t cap, int64_t deadline_ns, size_t *len)
{
	enum tr_err err;

	*len = 0;
	err = body->in ? read_fastcgi(body, bytes, cap, deadline_ns, len)
		       : read_plain(body, bytes, cap, deadline_ns, len);
	body->come_bytes += (int64_t)*len;
	return err;
}

int tr_body_comes(const struct tr_body *body, int timeout_ms)
{
	struct pollfd in = {.fd = body->fd, .events = POLLIN};

	return tr_stop_poll(&in, 1, timeout_ms * TR_NS_PER_MS) > 0;
}

void tr_body_skip(struct tr_body *body)
{
	int64_t deadline_ns =
	    tr_mono_ns() + (body->len_bytes ? SKIP_MS : NO_BODY_MS) * TR_NS_PER_MS;
	char bytes[4096];
	size_t len = 1;

	while (len && tr_mono_ns() < deadline_ns &&
	       tr_body_read(body, bytes, sizeof(bytes), deadline_ns, &len) == TR_OK)
		continue;
}
