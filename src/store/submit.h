/* submit.h: the transactions of a publisher that is not on this machine: counted, and a request
 * that bears a key is done once.
 *
 * - A table of our own, http_key, remembers the last TR_SUBMIT_KEYS keys, with how much of each
 *   request is done and how it was answered. It is made when the first key comes.
 * - A row of meta, http_minute, counts the requests of this minute.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_SUBMIT_H
#define TR_STORE_SUBMIT_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define TR_SUBMIT_KEYS 10000

/* One request. The caller sets the first four; the others are {0}. */
struct tr_submit {
	sqlite3 *db;
	const char *key;       /* the client's; NULL: it gave none */
	int64_t request;       /* a number for what is asked: the same key is for the same */
	int64_t most_a_minute; /* requests */

	int64_t done; /* so many of its lines are committed */
	int begun;    /* it has had a transaction, and counts */
};

enum tr_submitted {
	TR_SUBMIT_GO,	  /* go on: a transaction is open */
	TR_SUBMIT_DONE,	  /* it was done before: *status and the answer say how */
	TR_SUBMIT_MISUSE, /* the key was used for another request */
	TR_SUBMIT_RIVAL,  /* the same request is being done by somebody else */
	TR_SUBMIT_LATER,  /* too many requests in this minute */
};

/* Begins a transaction of the request, which may have several, one after the other. Other than
 * for TR_SUBMIT_GO none is open afterwards. submit->done then says how many lines are
 * committed: more than the caller knows of where an earlier attempt broke off. TR_OK; TR_BUSY,
 * TR_DENIED, TR_DB, TR_NOMEM with the sentence in *why. */
enum tr_err tr_submit_begin(struct tr_submit *submit, enum tr_submitted *how, int *status,
    struct tr_buf *answer, struct tr_why *why);

/* Commits, with so many lines more. answer: what the request is answered with, which ends it;
 * NULL: there is more to come. Errors as above, and nothing is written then. */
enum tr_err tr_submit_commit(struct tr_submit *submit, int64_t lines, int status,
    const struct tr_buf *answer, struct tr_why *why);

/* Ends the transaction unwritten. */
void tr_submit_rollback(struct tr_submit *submit);

#endif
