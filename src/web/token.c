/* token.c: whether a publisher may: the bearer tokens of a file, one a line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE (TR_TOKEN_MOST + 3) /* one too many, a newline, and a NUL */

/* A token, with nothing behind it, so that two are compared in the same time whatever they
 * are. */
struct token {
	char bytes[TR_TOKEN_MOST + 1];
};

static int is_equal(const struct token *a, const struct token *b)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < sizeof(a->bytes); i++)
		differs |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
	return !differs;
}

/* What a token may have: visible ASCII, in a length that cannot be guessed, and fits. Returns
 * 1, and the token is taken; else 0. */
static int take(struct token *token, const char *text, size_t len)
{
	if (len < TR_TOKEN_LEAST || len > TR_TOKEN_MOST)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return 0;
	*token = (struct token){{0}};
	memcpy(token->bytes, text, len);
	return 1;
}

/* Whether the file's owner and group alone can read it. */
static enum tr_err check_file(int fd, const char *path, struct tr_why *why)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return tr_fail(why, TR_SYS, "publish_token_file %s cannot be read: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return tr_fail(why, TR_INVALID, "publish_token_file %s is no file", path);
	if (st.st_mode & S_IRWXO)
		return tr_fail(why, TR_INVALID,
		    "publish_token_file %s is open to everybody: chmod 640, and the web "
		    "server's "
		    "group",
		    path);
	return TR_OK;
}

/* Compares the token with every line, also after one that fits. */
static enum tr_err compare(
    FILE *file, const char *path, const struct token *given, struct tr_why *why)
{
	char line[LINE_SIZE];
	struct token token = {{0}};
	enum tr_err err = TR_DENIED;

	for (int line_no = 1; fgets(line, sizeof(line), file); line_no++) {
		size_t len = strcspn(line, "\r\n");

		if (!len || *line == '#')
			continue;
		if (!take(&token, line, len)) {
			err = tr_fail(why, TR_INVALID,
			    "publish_token_file %s line %d: a token has %d to %d visible "
			    "characters",
			    path, line_no, TR_TOKEN_LEAST, TR_TOKEN_MOST);
			break;
		}
		if (is_equal(given, &token))
			err = TR_OK;
	}
	explicit_bzero(line, sizeof(line));
	explicit_bzero(&token, sizeof(token));
	return err;
}

enum tr_err tr_token_check(const char *path, const char *authorization, struct tr_why *why)
{
	static const char scheme[] = "Bearer ";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum tr_err err = check_file(fd, path, why);
	struct token given = {{0}};
	FILE *file = NULL;

	if (!err && (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0 ||
			!take(&given, authorization + sizeof(scheme) - 1,
			    strlen(authorization) - (sizeof(scheme) - 1))))
		err = TR_DENIED;
	if (!err && !(file = fdopen(fd, "r")))
		err = tr_fail(why, TR_SYS, "publish_token_file %s cannot be read: %s", path,
		    strerror(errno));
	if (file) {
		setvbuf(file, NULL, _IONBF, 0); /* no copy of the tokens stays behind */
		err = compare(file, path, &given, why);
		fclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	explicit_bzero(&given, sizeof(given));
	return err;
}
