/* access.c: what a user may do with a database and the files beside it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool in_group(const struct tr_user *user, gid_t gid)
{
	for (int i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return true;
	return user->gid == gid;
}

/* Whether the bits let the user do what mode (R_OK and the like) says. */
static bool may_by_bits(const struct tr_user *user, const char *path, int mode)
{
	struct stat st;
	unsigned bits;

	if (stat(path, &st) != 0)
		return false;
	if (user->uid == 0)
		return true;
	bits = st.st_mode; /* the first class that fits decides, for better or worse */
	if (user->uid == st.st_uid)
		bits >>= 6;
	else if (in_group(user, st.st_gid))
		bits >>= 3;
	return (bits & (unsigned)mode) == (unsigned)mode;
}

/* The same where the process is that user. */
static bool may(const struct tr_user *user, const char *path, int mode)
{
	return user->self ? faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
			  : may_by_bits(user, path, mode);
}

/* Copies the first len bytes of the path. */
static void prefix(char out[PATH_MAX], const char *path, size_t len)
{
	snprintf(out, PATH_MAX, "%.*s", (int)len, path);
}

/* Goes down the path and returns the length of the first directory on it that the user may not
 * pass, or 0. */
static size_t find_barrier(const struct tr_user *user, const char *path)
{
	char dir[PATH_MAX];

	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		size_t len = slash == path ? 1 : (size_t)(slash - path);

		prefix(dir, path, len);
		if (!may(user, dir, X_OK))
			return len;
	}
	return 0;
}

static void look_beside(struct tr_access *out, const struct tr_user *user, const char *path)
{
	static const char *const suffix[2] = {"-wal", "-shm"};
	char name[PATH_MAX + 8];

	out->beside = out->beside_read = out->beside_write = true;
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffix[i]);
		if (access(name, F_OK) != 0) {
			out->beside = false;
			continue;
		}
		out->beside_read &= may(user, name, R_OK);
		out->beside_write &= may(user, name, R_OK | W_OK);
	}
}

static void look(struct tr_access *out, const struct tr_user *user, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	*out = (struct tr_access){.barrier_len = find_barrier(user, path)};
	if (out->barrier_len)
		return;
	prefix(dir, path, slash == path ? 1 : (size_t)(slash - path));
	out->dir_write = may(user, dir, W_OK | X_OK);
	out->db_read = may(user, path, R_OK);
	out->db_write = may(user, path, R_OK | W_OK);
	look_beside(out, user, path);
}

/* In a child: becomes the user, looks, and hands over what it saw. */
static _Noreturn void look_as(const struct tr_user *user, const char *path, int fd)
{
	struct tr_user become = *user;
	struct tr_access seen;

	become.self = true;
	if (setgroups((size_t)user->group_count, user->groups) || setgid(user->gid) ||
	    setuid(user->uid))
		_exit(1);
	look(&seen, &become, path);
	_exit(write(fd, &seen, sizeof(seen)) == (ssize_t)sizeof(seen) ? 0 : 1);
}

/* What it hands over is shorter than PIPE_BUF, and so comes whole or not at all. */
static enum tr_err look_in_child(
    struct tr_access *out, const struct tr_user *user, const char *path, struct tr_why *why)
{
	ssize_t got = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return tr_fail(why, TR_SYS, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		look_as(user, path, ends[1]);
	close(ends[1]);
	if (pid > 0) {
		got = read(ends[0], out, sizeof(*out));
		waitpid(pid, NULL, 0);
	}
	close(ends[0]);
	return got == (ssize_t)sizeof(*out)
		   ? TR_OK
		   : tr_fail(why, TR_SYS, "what %s may do with %s cannot be tried out",
			 user->name, path);
}

enum tr_err tr_access(
    struct tr_access *out, const struct tr_user *user, const char *path, struct tr_why *why)
{
	if (geteuid() == 0 && !user->self)
		return look_in_child(out, user, path, why);
	look(out, user, path);
	return TR_OK;
}
