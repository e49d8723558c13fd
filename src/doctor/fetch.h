/* fetch.h: asks for an address with curl(1), and takes down the answer as it arrives.
 *
 * - curl is a program beside us, not a library in us: it is needed only where a path is
 *   examined. It asks as a browser's EventSource does, follows redirects, takes proxies from
 * the environment, and reads no ~/.curlrc.
 * - The address goes to it by its standard input: a password in it shows in no process list.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_FETCH_H
#define TR_DOCTOR_FETCH_H

#include "base/err.h"
#include "doctor/reply.h"

enum tr_fetch_how {
	TR_FETCH_COMPRESSED, /* any compression that curl knows is welcome, as to a browser */
	TR_FETCH_PLAIN,
};

/* GETs url, which holds no control characters, until its end or for limit_ms. TR_OK, and *reply
 * tells what came of it, a failure too. TR_ABSENT: there is no curl; TR_SYS: it cannot be
 * run, with the sentence in *why. */
enum tr_err tr_fetch(struct tr_reply *reply, const char *url, enum tr_fetch_how how,
    int64_t limit_ms, struct tr_why *why);

#endif
