/* reply.h: what came back of one request, and when: its head, its pings, its end.
 *
 * - It is fed the bytes as they arrive, head and body in one, as `curl -i` writes them.
 * - Whatever a server sends is taken; what is longer than its place here is cut.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_REPLY_H
#define TR_DOCTOR_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TR_PINGS_KEPT 128 /* a probe of 30 s, which is the longest, sends 120 */
#define TR_BODY_KEPT 1024

/* {0} before the first byte. Times are ms since the request was begun; 0: never. */
struct tr_reply {
	/* the last head: redirects are followed */
	int status; /* 0: none came */
	char version[8];
	char server[64];
	char type[96];
	char encoding[32];
	char location[512]; /* where the last redirect led to; "": none */

	/* the body */
	int64_t first_ms;
	char body[TR_BODY_KEPT + 1]; /* its beginning; a NUL ends it */
	size_t body_len;

	/* what an event stream said */
	bool ours; /* it began as a responder of tailrow begins */
	bool busy;
	int heartbeat_s; /* 0: no hello said it */
	int pings;
	int64_t came_ms[TR_PINGS_KEPT];
	int64_t sent_ms[TR_PINGS_KEPT]; /* by the sender's clock; -1: it did not say */
	int64_t last_ms;		/* the last frame's */
	bool ping_last;			/* and it was a ping */
	int64_t longest_ms; /* the longest time without a frame, up to the last frame */

	/* the end, as who fetched it knows it */
	bool ended; /* false: we left */
	int64_t end_ms;
	int curl_status; /* curl(1), "EXIT CODES" */
	char said[256];	 /* by curl, where it failed */

	/* the parser's */
	bool in_body;
	char line[1024];
	size_t line_len;
	char event[32];
};

/* Takes what arrived at now_ms. */
void tr_reply_feed(struct tr_reply *reply, const char *bytes, size_t len, int64_t now_ms);

/* Whether it is an event stream, as far as the head says. */
bool tr_reply_is_stream(const struct tr_reply *reply);

#endif
