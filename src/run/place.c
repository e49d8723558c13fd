/* place.c: the directories in which spools may lie.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The path that an environment variable holds; NULL: none, or a relative one, which the XDG
 * base directory specification says to ignore. */
static const char *path_of(const char *name)
{
	const char *path = getenv(name);

	return path && *path == '/' ? path : NULL;
}

/* Whether path is another user's. One that is not there is nobody's. */
static int is_foreign(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_uid != geteuid();
}

/* Writes the nth directory's path, and into *made how many of its last parts may be made. 1, or
 * 0 where there is none. */
static int name_place(char out[PATH_MAX], int n, int *made)
{
	static const char *const shared[TR_PLACES] = {NULL, NULL, NULL, "/var/tmp", "/dev/shm"};
	const char *base = shared[n];
	int len;

	*made = 1;
	switch (n) {
	case 0:
		base = path_of("XDG_STATE_HOME");
		*made = 2;
		break;
	case 1:
		base = path_of("HOME");
		*made = 3;
		break;
	case 2:
		base = path_of("TMPDIR");
		break;
	}
	if (!base || (n < 2 && is_foreign(base)))
		return 0;
	if (n == 0)
		len = snprintf(out, PATH_MAX, "%s/tailrow", base);
	else if (n == 1)
		len = snprintf(out, PATH_MAX, "%s/.local/state/tailrow", base);
	else
		len = snprintf(out, PATH_MAX, "%s/tailrow-%u", base, (unsigned)geteuid());
	return len < PATH_MAX;
}

/* Makes the last `count` parts of path, as far as they are missing. */
static void make_parts(char *path, int count)
{
	char *slash = strrchr(path, '/');

	if (!mkdir(path, 0700) || errno != ENOENT || count == 1 || !slash || slash == path)
		return;
	*slash = '\0';
	make_parts(path, count - 1);
	*slash = '/';
	mkdir(path, 0700);
}

int tr_place_open(struct tr_place *place, int n, int make)
{
	struct stat st;
	int made;

	place->fd = -1;
	if (!name_place(place->path, n, &made))
		return 0;
	if (make)
		make_parts(place->path, made);
	place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place->fd < 0)
		return 0;
	if (!fstat(place->fd, &st) && st.st_uid == geteuid() && !(st.st_mode & 022) &&
	    faccessat(place->fd, ".", W_OK, AT_EACCESS) == 0)
		return 1;
	tr_place_close(place);
	return 0;
}

static uint64_t free_bytes(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) ? 0 : (uint64_t)fs.f_bavail * fs.f_frsize;
}

int tr_place_choose(struct tr_place *place, uint64_t room_bytes)
{
	uint64_t most = 0;
	int best = -1;

	for (int n = 0; n < TR_PLACES; n++) {
		uint64_t room;

		if (!tr_place_open(place, n, 1))
			continue;
		room = free_bytes(place->fd);
		if (room >= room_bytes)
			return 1;
		if (room > most || best < 0) {
			most = room;
			best = n;
		}
		tr_place_close(place);
	}
	return best >= 0 && tr_place_open(place, best, 1);
}

void tr_place_close(struct tr_place *place)
{
	if (place->fd >= 0)
		close(place->fd);
	place->fd = -1;
}
