/* ticket.h: signed tickets: who holds one may see what it names, until it expires.
 *
 * - A ticket is TEXT "." MAC, both in base64url without padding (RFC 4648, section 5). The MAC
 *   is the HMAC-SHA-256 (RFC 2104) of TEXT as it stands there. There is one algorithm, and
 *   a ticket does not say which.
 * - TEXT is a query string: `until=` the second since 1970 at which it expires; perhaps
 *   `job=1,2`, the jobs that it opens; perhaps claims, `ticket_NAME=VALUE`. One that says
 *   anything else is refused: it may be a restriction that is not known here.
 * - The keys are the lines of a file: the first signs, each verifies. So a new key is put
 *   first, and the old one goes when its tickets have expired.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_TICKET_H
#define TR_BASE_TICKET_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define TR_TICKET_BYTES 2048 /* the most that one has */
#define TR_TICKET_JOBS 100
#define TR_TICKET_CLAIMS 16
#define TR_TICKET_KEY_LEAST 32
#define TR_TICKET_CLAIM "ticket_" /* what the name of a claim begins with */

struct tr_claim {
	const char *name; /* TR_TICKET_CLAIM and so on */
	const char *value;
};

/* {0} is none. Not to be copied: the claims point into it. */
struct tr_ticket {
	char text[TR_TICKET_BYTES];
	int64_t jobs[TR_TICKET_JOBS];
	int job_count;
	int64_t until_s; /* since 1970 */
	struct tr_claim claims[TR_TICKET_CLAIMS];
	int claim_count;
};

/* Appends the ticket of that text, signed with the file's first key. TR_OK; TR_INVALID: the
 * text says what no ticket may; TR_INVALID or TR_SYS as tr_secrets_read(); TR_NOMEM. The
 * sentence is in *why, and *out is as it was or has an error. */
enum tr_err tr_ticket_sign(
    struct tr_buf *out, const char *text, const char *key_path, struct tr_why *why);

/* Reads a ticket as it was sent. TR_OK; TR_DENIED: it is none, or no key of the file has signed
 * it, or it expired by now_s; otherwise as tr_secrets_read(). The sentence in *why has nothing
 * of the ticket. */
enum tr_err tr_ticket_read(struct tr_ticket *ticket, const char *sent, const char *key_path,
    int64_t now_s, struct tr_why *why);

#endif
