/* notify.h: asks the kernel, by inotify, to tell of writes to the database's files.
 *
 * - An event means "look", never "there is a row": it comes before the commit is visible,
 *   and for much that is no commit.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WATCH_NOTIFY_H
#define TR_WATCH_NOTIFY_H

#include <stdbool.h>

#include "base/err.h"

struct tr_notify {
	int fd; /* -1: there is none */
	int dir_wd;
	int file_wd; /* of the -wal or, in rollback mode, of the database; -1: none yet */
	const char *db_path; /* not ours */
	const char *db_name; /* its last part */
	const char *suffix;  /* "-wal" or "": what the watched file's name adds */
	int error;	     /* errno of what could not be watched; 0: all is watched */
};

enum {
	TR_NOTIFY_CHANGED = 1, /* bytes were written, or a journal was deleted */
	TR_NOTIFY_NAMES = 2,   /* one of the files was made, removed, renamed or replaced */
};

/* Watches the directory and, if it exists already, the file. db_path is absolute and must
 * outlive n. Failure shows in n->error; n is to be closed in every case. */
void tr_notify_open(struct tr_notify *n, const char *db_path, bool wal);

/* Takes all events that have come so far, watches a -wal that appeared, and returns what the
 * events said: 0 or some of the TR_NOTIFY_ bits. */
unsigned tr_notify_drain(struct tr_notify *n);

/* May be called twice. */
void tr_notify_close(struct tr_notify *n);

#endif
