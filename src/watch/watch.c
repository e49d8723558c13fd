/* watch.c: the state machine of the watch.
 *
 * SPDX-License-Identifier: MIT
 */
#include "watch/watch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "watch/dbfile.h"
#include "watch/notify.h"
#include "watch/pace.h"
#include "watch/walindex.h"

#define SWEEP_NS TR_NS_PER_S
#define WAL_CAP_NS INT64_C(2000000)
#define ROLLBACK_CAP_NS INT64_C(1000000)
#define WAL_TICK_NS INT64_C(2000000)
#define ROLLBACK_TICK_NS INT64_C(10000000)
#define ROLLBACK_IDLE_TICK_NS INT64_C(100000000)
#define REMOTE_TICK_NS INT64_C(250000000)

/* What stood in the wal-index or in the database's header when something was read. */
struct mark {
	bool known;
	struct tr_walindex head; /* WAL */
	uint32_t counter;	 /* rollback */
	int data_version;	 /* rollback, where ticks do the work of events */
};

struct tr_watch {
	sqlite3 *db;
	const char *path; /* the connection's */
	struct tr_notify notify;
	struct tr_dbhead opened; /* the file's header at open */
	bool remote;
	int64_t tick_ns; /* the next; 0: events and the sweep suffice */
	int64_t tick_min_ns;
	int64_t tick_max_ns;
	int told_error; /* the notify.error that mode speaks of */
	sqlite3_stmt *data_version;

	bool owed;	   /* a read is due, whatever the marks say */
	bool pacing;	   /* events were taken whose commit may not be visible yet */
	bool reopen;	   /* for good */
	bool noted;	   /* side is filled */
	struct mark saved; /* as of the last complete read */
	struct mark seen;  /* as of the last look */
	struct tr_sidefiles side;

	struct tr_pace pace;
	int64_t sweep_ns; /* when the next sweep is due */
	int64_t deadline_ns;
	char mode[160];
};

static const char *why_no_inotify(int error)
{
	switch (error) {
	case EMFILE:
		return "too many instances";
	case ENOSPC:
		return "too many watches";
	case ENOSYS:
		return "not in this kernel";
	default:
		return strerror(error);
	}
}

/* Events, or ticks where there are none or not of all writers. */
static void choose_means(struct tr_watch *w)
{
	w->told_error = w->notify.error;
	w->tick_min_ns = 0;
	if (!w->notify.error && (w->opened.wal || !w->remote)) {
		snprintf(w->mode, sizeof(w->mode), "inotify, then %s",
		    w->opened.wal ? "the wal-index" : "a read (rollback journal)");
	} else if (w->opened.wal) {
		w->tick_min_ns = w->tick_max_ns = WAL_TICK_NS;
		snprintf(w->mode, sizeof(w->mode),
		    "inotify: %s; checking the wal-index every 2 ms",
		    why_no_inotify(w->notify.error));
	} else if (w->notify.error) {
		w->tick_min_ns = ROLLBACK_TICK_NS;
		w->tick_max_ns = ROLLBACK_IDLE_TICK_NS;
		snprintf(w->mode, sizeof(w->mode),
		    "inotify: %s; checking data_version every 10 to 100 ms",
		    why_no_inotify(w->notify.error));
	} else {
		w->tick_min_ns = w->tick_max_ns = REMOTE_TICK_NS;
		snprintf(w->mode, sizeof(w->mode),
		    "network file system; checking data_version every 250 ms");
	}
	w->tick_ns = w->tick_min_ns;
}

enum tr_err tr_watch_open(struct tr_watch **out, sqlite3 *db, struct tr_why *why)
{
	const char *path = sqlite3_db_filename(db, "main");
	struct tr_watch *w;

	*out = NULL;
	if (!path || path[0] != '/')
		return tr_fail(why, TR_DB, "Only a database in a file can be watched.");
	w = calloc(1, sizeof(*w));
	if (!w)
		return tr_fail(why, TR_NOMEM, "No memory to watch %s.", path);
	w->db = db;
	w->path = path;
	w->notify.fd = -1;
	if (!tr_dbhead_read(db, &w->opened)) {
		free(w);
		return tr_fail(why, TR_SYS, "%s cannot be read.", path);
	}
	tr_notify_open(&w->notify, path, w->opened.wal);
	w->remote = tr_dbfile_is_remote(path);
	choose_means(w);
	w->owed = true;
	*out = w;
	return TR_OK;
}

int tr_watch_fd(const struct tr_watch *w)
{
	return w->notify.fd;
}

int64_t tr_watch_deadline_ns(const struct tr_watch *w)
{
	return w->deadline_ns;
}

static enum tr_look rest(struct tr_watch *w, int64_t now_ns)
{
	w->pacing = false;
	w->deadline_ns = w->sweep_ns;
	if (w->tick_ns && now_ns + w->tick_ns < w->deadline_ns)
		w->deadline_ns = now_ns + w->tick_ns;
	w->tick_ns += w->tick_ns / 2;
	if (w->tick_ns > w->tick_max_ns)
		w->tick_ns = w->tick_max_ns;
	return TR_LOOK_WAIT;
}

static void pace(struct tr_watch *w, int64_t now_ns)
{
	if (!w->pacing)
		tr_pace_start(&w->pace, now_ns);
	w->pacing = true;
	w->deadline_ns = now_ns + tr_pace_next(&w->pace, now_ns,
				      w->opened.wal ? WAL_CAP_NS : ROLLBACK_CAP_NS);
	if (w->sweep_ns < w->deadline_ns)
		w->deadline_ns = w->sweep_ns;
}

static enum tr_look read_now(struct tr_watch *w, int64_t now_ns)
{
	w->owed = true;
	w->deadline_ns = now_ns;
	return TR_LOOK_READ;
}

static enum tr_look look_wal(struct tr_watch *w, unsigned told, int64_t now_ns)
{
	enum tr_walindex_state state = tr_walindex_copy(w->db, &w->seen.head);

	w->seen.known = state == TR_WALINDEX_WHOLE;
	if (state == TR_WALINDEX_ABSENT)
		return w->owed || told ? read_now(w, now_ns) : rest(w, now_ns);
	if (state == TR_WALINDEX_TORN) {
		/* A writer that died between the two copies leaves them so, until a reader
		 * runs SQLite's recovery. */
		if (w->pacing && now_ns - w->pace.event_ns >= TR_PACE_QUIET_NS)
			return read_now(w, now_ns);
		pace(w, now_ns);
		return TR_LOOK_WAIT;
	}
	if (w->owed || !w->saved.known ||
	    memcmp(&w->seen.head, &w->saved.head, sizeof(w->seen.head)))
		return read_now(w, now_ns);
	if (w->pacing && tr_walindex_in_flight(w->db, &w->seen.head)) {
		pace(w, now_ns);
		return TR_LOOK_WAIT;
	}
	return rest(w, now_ns);
}

/* SQLITE_OK, SQLITE_BUSY or another result code. */
static int ask_data_version(struct tr_watch *w)
{
	int rc = SQLITE_OK;

	if (!w->data_version)
		rc = sqlite3_prepare_v2(
		    w->db, "PRAGMA data_version", -1, &w->data_version, NULL);
	if (rc != SQLITE_OK)
		return rc & 0xff;
	if (sqlite3_step(w->data_version) == SQLITE_ROW)
		w->seen.data_version = sqlite3_column_int(w->data_version, 0);
	return sqlite3_reset(w->data_version) & 0xff;
}

static enum tr_look look_rollback(struct tr_watch *w, unsigned told, int64_t now_ns)
{
	struct tr_dbhead head;
	int rc = SQLITE_OK;

	if (!tr_dbhead_read(w->db, &head))
		return read_now(w, now_ns);
	if (head.wal || head.whole < w->opened.whole) {
		w->reopen = true;
		return TR_LOOK_REOPEN;
	}
	w->seen.known = true;
	w->seen.counter = head.change_counter;
	if (w->owed || told & TR_NOTIFY_CHANGED)
		return read_now(w, now_ns);
	if (w->tick_ns)
		rc = ask_data_version(w);
	if (rc != SQLITE_OK) {
		pace(w, now_ns);
		return TR_LOOK_WAIT;
	}
	if (!w->saved.known || w->seen.counter != w->saved.counter ||
	    w->seen.data_version != w->saved.data_version)
		return read_now(w, now_ns);
	return rest(w, now_ns);
}

/* Whether one of the three files is no longer the one that was opened. */
static bool replaced(struct tr_watch *w)
{
	struct tr_sidefiles side;
	struct tr_dbhead head;

	if (tr_dbfile_moved(w->db))
		return true;
	if (!w->opened.wal)
		return false;
	if (tr_dbhead_read(w->db, &head) && !head.wal)
		return true;
	if (!w->noted)
		return false;
	if (!tr_sidefiles_note(&side, w->path) || memcmp(&side, &w->side, sizeof(side)))
		return true;
	return tr_walindex_cut_short(w->db, &w->saved.head) &&
	       tr_walindex_copy(w->db, &w->seen.head) == TR_WALINDEX_WHOLE &&
	       memcmp(&w->seen.head, &w->saved.head, sizeof(w->seen.head)) == 0;
}

enum tr_look tr_watch_look(struct tr_watch *w)
{
	/* First the events, then what they may have told of: what comes after this line
	 * wakes the caller again. */
	unsigned told = tr_notify_drain(&w->notify);
	int64_t now_ns = tr_mono_ns();

	if (w->told_error != w->notify.error)
		choose_means(w);
	if (now_ns >= w->sweep_ns || told & TR_NOTIFY_NAMES) {
		w->reopen = w->reopen || replaced(w);
		w->sweep_ns = now_ns + SWEEP_NS;
	}
	if (w->reopen)
		return TR_LOOK_REOPEN;
	if (told) {
		tr_pace_start(&w->pace, now_ns);
		w->pacing = true;
	}
	return w->opened.wal ? look_wal(w, told, now_ns) : look_rollback(w, told, now_ns);
}

void tr_watch_read_done(struct tr_watch *w, enum tr_err how)
{
	int64_t now_ns = tr_mono_ns();

	if (how == TR_OK) {
		w->saved = w->seen;
		w->owed = false;
		w->tick_ns = w->tick_min_ns;
		w->deadline_ns = now_ns;
	} else if (how == TR_BUSY) {
		pace(w, now_ns);
	} else {
		w->deadline_ns = now_ns + SWEEP_NS;
	}
}

const char *tr_watch_mode(const struct tr_watch *w)
{
	return w->mode;
}

void tr_watch_close(struct tr_watch *w)
{
	if (!w)
		return;
	sqlite3_finalize(w->data_version);
	tr_notify_close(&w->notify);
	free(w);
}
