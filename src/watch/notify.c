/* notify.c: inotify on the database's directory and on the file that a commit writes.
 *
 * - Never IN_CLOSE_WRITE: a reader's close raises it on the -wal too.
 * - The directory's other files wake us as well; their events are dropped here.
 *
 * SPDX-License-Identifier: MIT
 */
#include "watch/notify.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "watch/dbfile.h"

#define EVENT_BYTES (sizeof(struct inotify_event) + NAME_MAX + 1)
#define DIR_EVENTS                                                                             \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | \
	    IN_ONLYDIR)

static void watch_file(struct tr_notify *n)
{
	char path[TR_DB_PATH_BYTES];

	snprintf(path, sizeof(path), "%s%s", n->db_path, n->suffix);
	n->file_wd = inotify_add_watch(n->fd, path, IN_MODIFY);
	if (n->file_wd < 0 && errno != ENOENT)
		n->error = errno;
}

static void watch_dir(struct tr_notify *n)
{
	char path[TR_DB_PATH_BYTES];

	snprintf(path, sizeof(path), "%.*s", (int)(n->db_name - n->db_path), n->db_path);
	n->dir_wd = inotify_add_watch(n->fd, path, DIR_EVENTS);
	if (n->dir_wd < 0)
		n->error = errno;
}

void tr_notify_open(struct tr_notify *n, const char *db_path, bool wal)
{
	n->db_path = db_path;
	n->db_name = strrchr(db_path, '/') + 1;
	n->suffix = wal ? "-wal" : "";
	n->error = 0;
	n->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (n->fd < 0) {
		n->error = errno;
		return;
	}
	/* The directory first: a -wal made in between is then told of. */
	watch_dir(n);
	watch_file(n);
}

/* What is left of name after the database's own name; NULL if it does not begin with it. */
static const char *after_db_name(const struct tr_notify *n, const char *name)
{
	size_t len = strlen(n->db_name);

	return strncmp(name, n->db_name, len) == 0 ? name + len : NULL;
}

static unsigned dir_event(struct tr_notify *n, const struct inotify_event *e)
{
	const char *rest = e->len ? after_db_name(n, e->name) : NULL;

	if (e->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF))
		return TR_NOTIFY_NAMES;
	if (!rest)
		return 0;
	/* The end of a commit in DELETE mode: on a disk that takes long to sync, sooner than
	 * the next step would see it. */
	if (strcmp(rest, "-journal") == 0)
		return e->mask & IN_DELETE ? TR_NOTIFY_CHANGED : 0;
	if (strcmp(rest, n->suffix) == 0) {
		watch_file(n);
		return TR_NOTIFY_NAMES | TR_NOTIFY_CHANGED;
	}
	return strcmp(rest, "") == 0 || strcmp(rest, "-shm") == 0 ? TR_NOTIFY_NAMES : 0;
}

static unsigned one_event(struct tr_notify *n, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		watch_file(n);
		return TR_NOTIFY_NAMES | TR_NOTIFY_CHANGED;
	}
	if (e->wd == n->dir_wd)
		return dir_event(n, e);
	if (e->wd == n->file_wd && e->mask & IN_MODIFY)
		return TR_NOTIFY_CHANGED;
	return 0;
}

unsigned tr_notify_drain(struct tr_notify *n)
{
	_Alignas(struct inotify_event) char buf[16 * EVENT_BYTES];
	unsigned told = 0;
	ssize_t len;

	if (n->fd < 0)
		return 0;
	/* A read that left room for one more event has emptied the queue. */
	do {
		len = read(n->fd, buf, sizeof(buf));
		for (char *at = buf; len > 0 && at < buf + len;) {
			const struct inotify_event *e = (const void *)at;

			told |= one_event(n, e);
			at += sizeof(*e) + e->len;
		}
	} while (len > (ssize_t)(sizeof(buf) - EVENT_BYTES));
	return told;
}

void tr_notify_close(struct tr_notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
