/* body.h: what a client sends with its request.
 *
 * - Web servers differ: lighttpd and nginx hand over a whole body, Apache what has come so far,
 *   and one sent in chunks without its length.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_BODY_H
#define TR_WEB_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct FCGX_Stream;

#define TR_BODY_NO_LENGTH INT64_C(-1) /* it ends where it ends */

/* Made by the gateway that accepted the request. */
struct tr_body {
	struct FCGX_Stream *in; /* FastCGI; NULL: plain CGI, bytes come from fd */
	int fd;
	int64_t len_bytes;  /* as announced, 0 where there is none; or TR_BODY_NO_LENGTH */
	int64_t come_bytes; /* so many have been read */
};

/* Reads what has come, at most cap bytes, and waits for it until the deadline. TR_OK, and *len
 * is 0 at the end; TR_BUSY: nothing came in time; TR_GONE: the client left before the end. */
enum tr_err tr_body_read(
    struct tr_body *body, char *bytes, size_t cap, int64_t deadline_ns, size_t *len);

/* Whether more of it, or its end, comes within that time. 0 is no promise that none is there:
 * libfcgi may have read it. */
int tr_body_comes(const struct tr_body *body, int timeout_ms);

/* Reads and throws away what comes within a short time: a connection that is closed with
 * something unread is reset, and the response lost; and an unread end would make it look as if
 * the client had gone. */
void tr_body_skip(struct tr_body *body);

#endif
