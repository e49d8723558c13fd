/* client.c: the other end of a response: bytes out, and whether anybody is still there.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/client.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct pollfd tr_client_poll(const struct tr_client *client)
{
	/* A CGI's standard output is a pipe or socket that we only write: asking for nothing,
	 * POLLERR and POLLHUP still come. lighttpd half-closes a FastCGI socket: POLLRDHUP. */
	return (struct pollfd){
	    .fd = client->fd, .events = client->out ? POLLIN | POLLRDHUP : 0};
}

void tr_client_limit(struct tr_client *client, int timeout_s)
{
	struct timeval timeout = {.tv_sec = timeout_s};

	client->timeout_s = timeout_s;
	/* Not a socket (a CGI's pipe): send_plain() polls before each piece instead. */
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

/* A pipe that polls writable takes PIPE_BUF bytes without blocking (POSIX, write()). */
static enum tr_err send_plain(const struct tr_client *client, const char *at, size_t len)
{
	while (len) {
		struct pollfd writable = {.fd = client->fd, .events = POLLOUT};
		int ready = poll(&writable, 1, client->timeout_s * 1000);
		ssize_t n;

		if (ready == 0 || (ready < 0 && errno != EINTR))
			return TR_GONE;
		if (ready < 0)
			continue;
		n = write(client->fd, at, len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return TR_GONE;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return TR_OK;
}

static enum tr_err send_fastcgi(const struct tr_client *client, const char *at, size_t len)
{
	while (len) {
		size_t piece = len < INT_MAX ? len : INT_MAX;

		if (FCGX_PutStr(at, (int)piece, client->out) < 0)
			return TR_GONE;
		at += piece;
		len -= piece;
	}
	return FCGX_FFlush(client->out) < 0 ? TR_GONE : TR_OK;
}

enum tr_err tr_client_send(struct tr_client *client, const struct tr_buf *bytes)
{
	enum tr_err err;

	if (!client->out)
		return send_plain(client, bytes->data, bytes->len);
	err = send_fastcgi(client, bytes->data, bytes->len);
	if (err) /* or libfcgi, to end the response, waits for the time-out once more */
		shutdown(client->fd, SHUT_RDWR);
	return err;
}
