/* client.h: the other end of a response: bytes out, and whether anybody is still there.
 *
 * - Writing may block for as long as the client's time-out; then it counts as gone.
 *   So no statement may be open and no lock held while one of these functions runs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_CLIENT_H
#define TR_STREAM_CLIENT_H

#include <poll.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct FCGX_Stream;

/* Made by the gateway that accepted the request; a stream only borrows it. */
struct tr_client {
	struct FCGX_Stream *out; /* FastCGI; NULL: plain CGI, bytes go to fd */
	int fd;			 /* tells when the client leaves */
	int timeout_s;		 /* how long a write may block */
};

/* What to poll to learn that the client left: any event on it says so. */
struct pollfd tr_client_poll(const struct tr_client *client);

/* Sends what is in bytes on its way at once. TR_OK; TR_GONE: the client left, or took
 * nothing for its time-out; the response is over. */
enum tr_err tr_client_send(struct tr_client *client, const struct tr_buf *bytes);

/* Sets how long a write may block: to be called before the first. */
void tr_client_limit(struct tr_client *client, int timeout_s);

#endif
