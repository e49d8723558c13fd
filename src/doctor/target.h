/* target.h: which addresses a URL that somebody gave may mean.
 *
 * - It may be the page's, the responder's, or one of the responder's own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_TARGET_H
#define TR_DOCTOR_TARGET_H

#include "base/err.h"

#define TR_API_BYTES 1920 /* of the URL of a responder */
#define TR_URL_BYTES 2048 /* of one below it */
#define TR_TARGETS 2

/* Where the responder may be, in the order of trying: without a slash at the end, so that
 * "/events" can follow. */
struct tr_target {
	char api[TR_TARGETS][TR_API_BYTES];
	int count;
};

/* Reads a URL; `http://` may be left out. TR_OK; TR_INVALID with the sentence in *why. */
enum tr_err tr_target_parse(struct tr_target *out, const char *url, struct tr_why *why);

/* Copies url without the user and password that it may hold. */
void tr_target_shown(char out[TR_URL_BYTES], const char *url);

#endif
