/* keylock.c: one runner at a time for each key.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/keylock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/place.h"

#define WAIT_NS TR_NS_PER_S
#define PAUSE_MS 10

/* FNV-1a. Two keys with one hash would exclude each other: one chance in 2^64. */
static uint64_t hash(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

/* Opens the file, or makes it, for the group too whatever the umask. Never follows a link, and
 * never blocks on a FIFO, that somebody put there. -1 with errno; EEXIST: try again. */
static int open_file(const char *path)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct stat st;
	int fd = open(path, flags);

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, flags | O_CREAT | O_EXCL, 0660);
		if (fd >= 0)
			fchmod(fd, 0660);
	}
	if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* Whether fd is still the file at path: its last holder may have removed it. */
static int is_at(int fd, const char *path)
{
	struct stat open_one, named;

	return !fstat(fd, &open_one) && !stat(path, &named) &&
	       open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

/* 1: taken; 0: another one has it; -1: the file cannot be opened. */
static int try_lock(struct tr_keylock *lock)
{
	int64_t until_ns = tr_mono_ns() + WAIT_NS;

	do {
		lock->fd = open_file(lock->path);
		if (lock->fd < 0 && errno != EEXIST)
			return -1;
		if (lock->fd >= 0 && flock(lock->fd, LOCK_EX | LOCK_NB) == 0 &&
		    is_at(lock->fd, lock->path))
			return 1;
		if (lock->fd >= 0)
			close(lock->fd);
		lock->fd = -1;
		poll(NULL, 0, PAUSE_MS);
	} while (tr_mono_ns() < until_ns);
	return 0;
}

static int try_beside(struct tr_keylock *lock, const char *db, uint64_t name)
{
	if (snprintf(lock->path, sizeof(lock->path), "%s-key-%016llx", db,
		(unsigned long long)name) >= (int)sizeof(lock->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return try_lock(lock);
}

static int try_own(struct tr_keylock *lock, uint64_t name)
{
	struct tr_place place;
	int len, taken = -1;

	if (!tr_place_choose(&place, 0))
		return -1;
	len = snprintf(lock->path, sizeof(lock->path), "%s/%016llx.key", place.path,
	    (unsigned long long)name);
	if (len < (int)sizeof(lock->path))
		taken = try_lock(lock);
	tr_place_close(&place);
	return taken;
}

enum tr_err tr_keylock_take(
    struct tr_keylock *lock, const char *db, const char *key, struct tr_why *why)
{
	uint64_t name = hash(UINT64_C(0xcbf29ce484222325), key);
	int taken;

	lock->fd = -1;
	taken = try_beside(lock, db, name);
	if (taken < 0)
		taken = try_own(lock, hash(name, db));
	if (taken > 0)
		return TR_OK;
	if (taken == 0)
		return tr_fail(why, TR_BUSY,
		    "another runner has the key '%.80s' and is still at work", key);
	return tr_fail(why, TR_SYS, "no lock for the key '%.80s' can be made in %s: %s", key,
	    lock->path, strerror(errno));
}

void tr_keylock_drop(struct tr_keylock *lock)
{
	if (lock->fd < 0)
		return;
	unlink(lock->path); /* whoever waits for it sees that it is gone, and makes another */
	close(lock->fd);
	lock->fd = -1;
}
