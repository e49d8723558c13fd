/* watch.h: tells when another process has committed to a SQLite database.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WATCH_WATCH_H
#define TR_WATCH_WATCH_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"

struct tr_watch;

enum tr_look {
	TR_LOOK_WAIT,	/* nothing unread is visible: sleep until the descriptor is readable or
			   the deadline has come, then look again */
	TR_LOOK_READ,	/* something may be unread: read the rows to the end, then call
			   tr_watch_read_done() */
	TR_LOOK_REOPEN, /* the file at the path is no longer the one that is open, or it changed
			   its journal mode: close the watch and the connection, open both again
			 */
};

/* Begins to watch the main database of db, which stays the caller's, must stay open until
 * tr_watch_close(), and has its busy_timeout set. Call it before the first SELECT whose
 * rows matter: what is committed after the call is never missed. The first look returns
 * TR_LOOK_READ.
 * TR_OK; or TR_NOMEM, TR_DB, TR_SYS with the reason in *why, and *out is NULL. A system
 * without inotify to give is no failure: the watch then ticks (see tr_watch_mode()). */
enum tr_err tr_watch_open(struct tr_watch **out, sqlite3 *db, struct tr_why *why);

/* The descriptor to poll for POLLIN, or -1 where there is none and only the deadline
 * counts. It belongs to the watch and is the same until tr_watch_close(). */
int tr_watch_fd(const struct tr_watch *w);

/* When to look again though the descriptor is silent, as CLOCK_MONOTONIC nanoseconds. */
int64_t tr_watch_deadline_ns(const struct tr_watch *w);

/* Looks, without running a statement. Call it when the descriptor is readable, when the
 * deadline has come, or at any other time. */
enum tr_look tr_watch_look(struct tr_watch *w);

/* Tells the watch how the reading that followed TR_LOOK_READ ended: TR_OK when every row
 * that was visible has been read (the SELECT returned SQLITE_DONE with nothing left);
 * TR_BUSY when the database was locked; any other value for another failure. After
 * anything but TR_OK, or without this call, the next look returns TR_LOOK_READ again. */
void tr_watch_read_done(struct tr_watch *w, enum tr_err how);

/* One phrase for health reports and the log: how changes are noticed, and why so. Valid
 * until the next call with this watch. */
const char *tr_watch_mode(const struct tr_watch *w);

/* Whether it has to tick, because events are not to be had here: worth a line in the log. */
int tr_watch_ticks(const struct tr_watch *w);

/* Ends the watch. w may be NULL. The connection stays open. */
void tr_watch_close(struct tr_watch *w);

#endif
