/* token.h: whether a publisher may: the bearer tokens of a file, one a line.
 *
 * - The file is read at each request, so that a token is changed without a restart: the new
 *   one is added, the publishers take it, the old one goes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_TOKEN_H
#define TR_WEB_TOKEN_H

#include "base/err.h"
#include "base/secrets.h"

#define TR_TOKEN_LEAST 16
#define TR_TOKEN_MOST TR_SECRET_MOST

/* Whether the value of an Authorization header is "Bearer " and a token in the file at path
 * (RFC 6750, section 2.1). Empty lines there, and those that begin with '#', are none.
 * TR_OK; TR_DENIED: it is not; TR_INVALID or TR_SYS, with the sentence in *why: the file cannot
 * be read, or others may read it, or a line is no token. No token is ever in *why. */
enum tr_err tr_token_check(const char *path, const char *authorization, struct tr_why *why);

#endif
