/* secrets.c: a file of secrets, one a line, that its owner and group alone can read.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE (TR_SECRET_MOST + 3) /* one too many, a newline, and a NUL */

static enum tr_err check_file(const char *setting, int fd, const char *path, struct tr_why *why)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return tr_fail(
		    why, TR_SYS, "%s %s cannot be read: %s", setting, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return tr_fail(why, TR_INVALID, "%s %s is no file", setting, path);
	if (st.st_mode & S_IRWXO)
		return tr_fail(why, TR_INVALID,
		    "%s %s is open to everybody: chmod 640, and the web server's group",
		    setting, path);
	return TR_OK;
}

static int is_secret(const char *text, size_t len, size_t least)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return 0;
	return len >= least && len <= TR_SECRET_MOST;
}

static enum tr_err read_lines(const char *setting, FILE *file, const char *path, size_t least,
    tr_secret_taker *take, void *arg, struct tr_why *why)
{
	char line[LINE_SIZE];
	enum tr_err err = TR_OK;

	for (int line_no = 1; !err && fgets(line, sizeof(line), file); line_no++) {
		size_t len = strcspn(line, "\r\n");

		if (!len || *line == '#')
			continue;
		if (is_secret(line, len, least))
			take(arg, line, len);
		else
			err = tr_fail(why, TR_INVALID,
			    "%s %s line %d: a line has %d to %d visible characters", setting,
			    path, line_no, (int)least, TR_SECRET_MOST);
	}
	if (!err && ferror(file))
		err = tr_fail(
		    why, TR_SYS, "%s %s cannot be read: %s", setting, path, strerror(errno));
	explicit_bzero(line, sizeof(line));
	return err;
}

enum tr_err tr_secrets_read(const char *setting, const char *path, size_t least,
    tr_secret_taker *take, void *arg, struct tr_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum tr_err err = check_file(setting, fd, path, why);
	FILE *file = NULL;

	if (!err && !(file = fdopen(fd, "r")))
		err = tr_fail(
		    why, TR_SYS, "%s %s cannot be read: %s", setting, path, strerror(errno));
	if (file) {
		setvbuf(file, NULL, _IONBF, 0); /* no copy of the secrets stays behind */
		err = read_lines(setting, file, path, least, take, arg, why);
		fclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	return err;
}
