/* token.c: whether a publisher may: the bearer tokens of a file, one a line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/token.h"

#include <string.h>
#include <strings.h>

/* A token, with nothing behind it, so that two are compared in the same time whatever they
 * are. */
struct token {
	char bytes[TR_TOKEN_MOST + 1];
};

/* The one that was sent, and whether the file has it. */
struct check {
	struct token given;
	int found;
};

static int is_equal(const struct token *a, const struct token *b)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < sizeof(a->bytes); i++)
		differs |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
	return !differs;
}

/* Compares with every line, also after one that fits. */
static void compare(void *arg, const char *secret, size_t len)
{
	struct check *check = arg;
	struct token token = {{0}};

	memcpy(token.bytes, secret, len);
	check->found |= is_equal(&check->given, &token);
	explicit_bzero(&token, sizeof(token));
}

/* Reads the token of the header; none, or one that is too long, stays empty, and equals none.
 */
static void take(struct token *given, const char *authorization)
{
	static const char scheme[] = "Bearer ";
	size_t len;

	if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return;
	len = strlen(authorization += sizeof(scheme) - 1);
	if (len <= TR_TOKEN_MOST)
		memcpy(given->bytes, authorization, len);
}

enum tr_err tr_token_check(const char *path, const char *authorization, struct tr_why *why)
{
	struct check check = {.found = 0};
	enum tr_err err;

	take(&check.given, authorization);
	err = tr_secrets_read("publish_token_file", path, TR_TOKEN_LEAST, compare, &check, why);
	explicit_bzero(&check.given, sizeof(check.given));
	if (err)
		return err;
	return check.found ? TR_OK : TR_DENIED;
}
