/* watch.c: the state machine of the watch.
 *
 * - It judges first (what do the files say?) and keeps time after (when to look again?).
 * - The two journal modes share the second half and have a judge each.
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

#define MS TR_NS_PER_MS

/* watch.h says why each number has its value. */
#define SWEEP_NS TR_NS_PER_S

/* How changes are noticed. A tick of 0: by events and the sweep alone. */
struct means {
	int64_t tick_ns;      /* after a change */
	int64_t idle_tick_ns; /* what that grows to */
	int64_t cap_ns;	      /* the longest step while a commit is in flight */
	const char *text;
};

static const struct means wal_events = {0, 0, 2 * MS, "inotify wakes, the wal-index decides"};
static const struct means rollback_events = {
    0, 0, MS / 5, "rollback journal: inotify wakes, a read decides"};
static const struct means wal_ticks = {
    2 * MS, 20 * MS, 2 * MS, "checking the wal-index every 2 to 20 ms"};
static const struct means rollback_ticks = {
    10 * MS, 100 * MS, MS / 5, "checking data_version every 10 to 100 ms"};
static const struct means remote_ticks = {
    250 * MS, 250 * MS, 20 * MS, "network file system; checking data_version every 250 ms"};

/* What stood in the wal-index, or in the database's header, when it was looked at. */
struct mark {
	bool known;
	struct tr_walindex head; /* WAL */
	uint32_t counter;	 /* rollback */
	int data_version;	 /* rollback, where there are ticks */
};

struct tr_watch {
	sqlite3 *db;
	const char *path;	 /* the connection's */
	struct tr_dbhead opened; /* the file's header at open */
	bool remote;
	struct tr_notify notify;
	sqlite3_stmt *data_version; /* NULL before it is needed */

	struct mark saved;	  /* as of the last complete read */
	struct mark seen;	  /* as of the last look */
	struct tr_sidefiles side; /* as of the first look at the mapped wal-index */
	bool noted;		  /* side is filled */
	bool owed;		  /* a read is due, whatever the marks say */
	bool pacing;		  /* events were taken whose commit may not be visible yet */
	bool deaf;		  /* more events would wake the caller for nothing */
	bool reopen;		  /* for good */

	struct tr_pace pace;
	const struct means *means;
	int64_t tick_ns;  /* the next one */
	int64_t sweep_ns; /* when the next sweep is due */
	int64_t deadline_ns;
	int mode_error; /* the errno that mode speaks of */
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

static void choose_means(struct tr_watch *w)
{
	int error = w->notify.error;

	if (w->remote && !w->opened.wal)
		w->means = &remote_ticks;
	else if (error)
		w->means = w->opened.wal ? &wal_ticks : &rollback_ticks;
	else
		w->means = w->opened.wal ? &wal_events : &rollback_events;
	w->tick_ns = w->means->tick_ns;
	w->mode_error = error;
	snprintf(w->mode, sizeof(w->mode), "%s%s%s%s", error ? "inotify: " : "",
	    error ? why_no_inotify(error) : "", error ? "; " : "", w->means->text);
}

enum tr_err tr_watch_open(struct tr_watch **out, sqlite3 *db, struct tr_why *why)
{
	const char *path = sqlite3_db_filename(db, "main");
	struct tr_watch *w;

	*out = NULL;
	if (!path || path[0] != '/')
		return tr_fail(
		    why, TR_DB, "a database in memory cannot be watched: name a file");
	w = calloc(1, sizeof(*w));
	if (!w)
		return tr_fail(why, TR_NOMEM, "out of memory while opening %s", path);
	w->db = db;
	w->path = path;
	w->notify.fd = -1;
	if (!tr_dbhead_read(db, &w->opened)) {
		free(w);
		return tr_fail(
		    why, TR_SYS, "%s cannot be read: see whether its disk is well", path);
	}
	tr_notify_open(&w->notify, path, w->opened.wal);
	w->remote = tr_dbfile_is_remote(path);
	choose_means(w);
	w->owed = true;
	/* The events of a commit that is in flight already went to nobody. */
	w->pacing = true;
	tr_pace_start(&w->pace, tr_mono_ns());
	*out = w;
	return TR_OK;
}

int tr_watch_fd(const struct tr_watch *w)
{
	return w->deaf ? -1 : w->notify.fd;
}

int64_t tr_watch_deadline_ns(const struct tr_watch *w)
{
	return w->deadline_ns;
}

/* What a look at the files comes to. */
enum verdict {
	CALM,	   /* all that is visible has been read, and no more is on its way */
	IN_FLIGHT, /* a commit is on its way, or may be */
	NEWS,	   /* more is visible than was read, or may be */
	OTHER_FILE /* not the file, or not the journal mode, that was opened */
};

static bool same_head(const struct tr_walindex *a, const struct tr_walindex *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static enum verdict judge_wal(struct tr_watch *w, unsigned told, int64_t now_ns)
{
	enum tr_walindex_state state = tr_walindex_copy(w->db, &w->seen.head);

	w->seen.known = state == TR_WALINDEX_WHOLE;
	if (state == TR_WALINDEX_ABSENT)
		return told ? NEWS : CALM;
	/* A writer that died between the two copies leaves them unequal for ever. A read
	 * makes SQLite recover, and what that writer committed may appear. */
	if (state == TR_WALINDEX_TORN)
		return tr_pace_is_quiet(&w->pace, now_ns) && w->pacing ? NEWS : IN_FLIGHT;
	/* What is mapped must lie beside the database. */
	if (!w->noted && !(w->noted = tr_sidefiles_note(&w->side, w->path)))
		return OTHER_FILE;
	if (!w->saved.known || !same_head(&w->seen.head, &w->saved.head))
		return NEWS;
	return w->pacing && tr_walindex_in_flight(w->db, &w->seen.head) ? IN_FLIGHT : CALM;
}

/* SQLITE_OK, SQLITE_BUSY or another result code. */
static int ask_data_version(struct tr_watch *w)
{
	int rc = SQLITE_OK;

	if (!w->data_version)
		rc = sqlite3_prepare_v2(
		    w->db, "PRAGMA data_version", -1, &w->data_version, NULL);
	if (rc != SQLITE_OK)
		return rc;
	if (sqlite3_step(w->data_version) == SQLITE_ROW)
		w->seen.data_version = sqlite3_column_int(w->data_version, 0);
	return sqlite3_reset(w->data_version);
}

static enum verdict judge_rollback(struct tr_watch *w, unsigned told)
{
	struct tr_dbhead head;
	int rc = SQLITE_OK;

	if (!tr_dbhead_read(w->db, &head))
		return NEWS; /* the read will find out what is wrong */
	if (head.wal || (w->opened.whole && !head.whole))
		return OTHER_FILE;
	/* The counter was read without a lock. It may be that of a transaction which is rolled
	 * back, and the next commit then has the same: the sweep alone would miss that one.
	 * Events see it, and data_version reads under the lock. */
	w->seen.known = true;
	w->seen.counter = head.change_counter;
	if (told & TR_NOTIFY_CHANGED)
		return NEWS;
	if (w->means->tick_ns)
		rc = ask_data_version(w);
	if ((rc & 0xff) == SQLITE_BUSY)
		return IN_FLIGHT;
	if (rc != SQLITE_OK || !w->saved.known || w->seen.counter != w->saved.counter)
		return NEWS;
	return w->seen.data_version == w->saved.data_version ? CALM : NEWS;
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
	if (!tr_sidefiles_note(&side, w->path) || memcmp(&side, &w->side, sizeof(side)) != 0)
		return true;
	/* A TRUNCATE checkpoint changes the wal-index first. */
	return w->saved.known && tr_walindex_cut_short(w->db, &w->saved.head) &&
	       tr_walindex_copy(w->db, &w->seen.head) == TR_WALINDEX_WHOLE &&
	       same_head(&w->seen.head, &w->saved.head);
}

/* Sleeps till wake_ns, but never past the sweep. */
static void sleep_till(struct tr_watch *w, int64_t wake_ns, bool deaf)
{
	w->deadline_ns = wake_ns < w->sweep_ns ? wake_ns : w->sweep_ns;
	w->deaf = deaf;
}

static void rest(struct tr_watch *w, int64_t now_ns)
{
	int64_t grown_ns = w->tick_ns + w->tick_ns / 2;

	w->pacing = false;
	sleep_till(w, w->tick_ns ? now_ns + w->tick_ns : w->sweep_ns, false);
	w->tick_ns = grown_ns < w->means->idle_tick_ns ? grown_ns : w->means->idle_tick_ns;
}

/* Waits for what is in flight to land. */
static void pace(struct tr_watch *w, int64_t now_ns)
{
	int64_t wait_ns;

	if (!w->pacing)
		tr_pace_start(&w->pace, now_ns);
	w->pacing = true;
	wait_ns = tr_pace_next(&w->pace, now_ns, w->means->cap_ns);
	sleep_till(w, now_ns + wait_ns, !tr_pace_is_quiet(&w->pace, now_ns));
}

static enum verdict judge(struct tr_watch *w, unsigned told, int64_t now_ns)
{
	enum verdict verdict;

	if (now_ns >= w->sweep_ns || told & TR_NOTIFY_NAMES) {
		w->sweep_ns = now_ns + SWEEP_NS;
		if (replaced(w))
			return OTHER_FILE;
	}
	verdict = w->opened.wal ? judge_wal(w, told, now_ns) : judge_rollback(w, told);
	return w->owed && verdict != OTHER_FILE ? NEWS : verdict;
}

enum tr_look tr_watch_look(struct tr_watch *w)
{
	/* First the events, then what they told of: whatever comes after this line wakes
	 * the caller again. */
	unsigned told = tr_notify_drain(&w->notify);
	int64_t now_ns = tr_mono_ns();

	if (w->notify.error != w->mode_error)
		choose_means(w);
	if (told && w->pacing) {
		tr_pace_event(&w->pace, now_ns);
	} else if (told) {
		tr_pace_start(&w->pace, now_ns);
		w->pacing = true;
	}
	if (w->reopen)
		return TR_LOOK_REOPEN;
	switch (judge(w, told, now_ns)) {
	case CALM:
		rest(w, now_ns);
		return TR_LOOK_WAIT;
	case IN_FLIGHT:
		pace(w, now_ns);
		return TR_LOOK_WAIT;
	case NEWS:
		w->owed = true;
		sleep_till(w, now_ns, false);
		return TR_LOOK_READ;
	case OTHER_FILE:
		break;
	}
	w->reopen = true;
	return TR_LOOK_REOPEN;
}

void tr_watch_read_done(struct tr_watch *w, enum tr_err how)
{
	int64_t now_ns = tr_mono_ns();

	if (how == TR_BUSY) {
		pace(w, now_ns);
	} else if (how != TR_OK) {
		sleep_till(w, w->sweep_ns, false);
	} else {
		w->saved = w->seen;
		w->owed = false;
		w->tick_ns = w->means->tick_ns;
		tr_pace_start(&w->pace, now_ns); /* what is in flight now is another commit */
		sleep_till(w, now_ns, false);
	}
}

int tr_watch_ticks(const struct tr_watch *w)
{
	return w->means->tick_ns > 0;
}

const char *tr_watch_mode(const struct tr_watch *w)
{
	return w->mode;
}

void tr_watch_close(struct tr_watch *w)
{
	if (!w)
		return;
	/* The last connection to close writes the -wal into the database and deletes it, by its
	 * name. Where somebody removed it and another one stands there, with commits in it,
	 * those would be lost; what was in the old one is lost already. */
	if (w->noted && tr_sidefiles_others(&w->side, w->path))
		sqlite3_db_config(w->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	sqlite3_finalize(w->data_version);
	tr_notify_close(&w->notify);
	free(w);
}
