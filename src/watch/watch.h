/* watch.h: tells when another process has committed to a SQLite database: each time, and
 * without asking while nothing happens.
 *
 * What is promised
 * - Never miss. After a commit by any other process of this machine has become visible, a
 *   look returns TR_LOOK_READ, and no further commit is needed for that. `make proof` has
 *   shown it for 100,000 commits in each journal mode, amid checkpoints, VACUUM and kill -9.
 * - Never ask. While nothing is committed no statement runs and no lock is taken: the caller
 *   sleeps in poll(), and once a second come six or seven system calls (`make watch-quiet`).
 *   Only where there is no inotify, or another machine may write, it has to tick.
 * - Never touch. Nothing here opens or closes a file: POSIX locks belong to the process, and
 *   one close() of the database or the -shm would drop SQLite's. Another process then
 *   deletes the -wal under this one, and rows for which SQLite said OK are lost.
 * - A read may be in vain (two in a hundred commits: checkpoints, VACUUM), and rows may come
 *   sooner than their writer learns that it has committed.
 *
 * What is left to the caller
 * - One thread; the default VFS; locking_mode NORMAL. Between the calls no transaction and
 *   no statement that was stepped and not reset: either would hold up checkpoints, and the
 *   -wal grows by 63 MB per 5,000 rows. So: read into memory, reset, then write to the net.
 * - busy_timeout 0 for the reads that follow TR_LOOK_READ: the watch waits for locks in steps
 *   of 50 to 200 us, SQLite's own wait is 1, 2, 5, 10 ... ms and hears no signal.
 * - prctl(PR_SET_TIMERSLACK, 1000): with the default of 50 us each step is twice as long.
 * - What this connection commits itself need not be told.
 * - The file is the one that SQLite resolved the path to: where a symbolic link comes to
 *   point elsewhere, nothing is told. Other files in its directory wake the caller for
 *   nothing, so a busy spool directory is no good place for it.
 *
 * The loop of a caller
 *
 *	for (;;) {
 *		while ((look = tr_watch_look(w)) == TR_LOOK_READ) {
 *			err = every row after the last one, and the statement reset;
 *			tr_watch_read_done(w, err);
 *			if (err)
 *				break;
 *		}
 *		if (look == TR_LOOK_REOPEN)
 *			close both, open both again, and tell the readers;
 *		else
 *			poll tr_watch_fd(w) until tr_watch_deadline_ns(w);
 *	}
 *
 * The states, and what each waits for
 * - at rest: all that was visible has been read, nothing is on its way. Waits for an event,
 *   or the sweep.
 * - pacing: events came whose commit may not be visible yet, or the lock was taken. Waits for
 *   the next step alone, not for events: of a transaction of 4 MB they made 426 looks, the
 *   steps make 11, and the writer is a fifth faster.
 * - owing: TR_LOOK_READ was returned and not answered by TR_OK. Every look says so again.
 * - reopen: for good, until it is closed.
 *
 * What would break if a line were left out (figures: docs/watching.md)
 * - the events drained before the look, not after: a commit between the two is lost until the
 *   next one. The watch is asked for before the first look for the same reason.
 * - the in-flight test: an event precedes the commit's visibility. A reader that looks once
 *   an event was late by a whole commit for 4.7% of commits with synchronous=NORMAL, 99.9%
 *   with FULL.
 * - the same test after a read that found rows: the drained events may speak of two commits.
 * - its rule for an empty wal-index: the first commit into a new or truncated -wal is late,
 *   999 of 1000.
 * - all 48 bytes compared: the header's own change count is set back by recovery, and has
 *   been seen to come back to the value that was saved.
 * - the header copied before the read, and adopted only when the read came to its end: what
 *   is committed during the read would be taken for read.
 * - both copies of the header compared: half of a commit would be taken for it.
 * - in rollback mode the read at every event, however often it finds the lock taken: there is
 *   no other proof that a commit is complete.
 * - the sweep: events that the system lost, files that were replaced, truncated or removed.
 *   The proof counts what only the sweep found: nothing.
 *
 * Why each number is what it is
 * - 50 us, growing by half (pace.h): the window between event and visibility is 0.1 us at the
 *   median with NORMAL, 104 us with FULL, 2 ms with FULL and 4 MB.
 * - at most 2 ms in WAL mode: on a disk that takes 15 ms to sync, a row is 2 ms late.
 * - at most 200 us in rollback mode: between two writers the lock is free for moments only.
 *   With 1 ms, p99 was 8.9 ms; with 200 us it is 2.4 ms, at the same CPU time.
 * - 20 ms after 200 ms without an event, the sweep after 5 s: a spilled transaction that was
 *   rolled back looks like one in flight until the next commit.
 * - the sweep each second: 0.1 ms of CPU a second; it is only the net under the rope.
 * - ticks without inotify: the wal-index each 2 ms, growing to 20 ms while nothing happens
 *   (10 and 1.7 ms of CPU a second); in rollback mode data_version each 10 to 100 ms, as it
 *   takes a lock; 250 ms where another machine may write, as the lock goes over the network.
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
	/* Nothing unread is visible: sleep until the descriptor is readable or the deadline
	 * has come, then look again. */
	TR_LOOK_WAIT,
	/* Something may be unread: read the rows to the end, then tr_watch_read_done(). */
	TR_LOOK_READ,
	/* The file at the path is no longer the one that is open, was cut off, or changed its
	 * journal mode: close the watch and the connection, open both again. */
	TR_LOOK_REOPEN,
};

/* Begins to watch the main database of db, which stays the caller's and must stay open until
 * tr_watch_close(). Runs no statement. Call it before the first SELECT whose rows matter:
 * what is committed after the call is never missed. The first look returns TR_LOOK_READ.
 * TR_OK: *out is the caller's to close. TR_NOMEM, TR_DB (not a database in a file), TR_SYS
 * (it cannot be read) with the reason in *why: *out is NULL. A system without inotify to give
 * is no failure: the watch then ticks (see tr_watch_mode()). */
enum tr_err tr_watch_open(struct tr_watch **out, sqlite3 *db, struct tr_why *why);

/* The descriptor to poll for POLLIN, or -1 while only the deadline counts: where there is no
 * inotify, or for the moments in which a commit is in flight. Ask before each poll. It belongs
 * to the watch: neither read it nor close it. */
int tr_watch_fd(const struct tr_watch *w);

/* When to look again though the descriptor is silent, as CLOCK_MONOTONIC nanoseconds. In the
 * past: at once. */
int64_t tr_watch_deadline_ns(const struct tr_watch *w);

/* Looks, without running a statement on a table. Call it when the descriptor is readable,
 * when the deadline has come, or at any other time. */
enum tr_look tr_watch_look(struct tr_watch *w);

/* Tells the watch how the reading that followed TR_LOOK_READ ended: TR_OK when every row
 * that was visible has been read (the SELECT returned SQLITE_DONE with nothing left);
 * TR_BUSY when the database was locked, which includes SQLITE_BUSY_RECOVERY and
 * SQLITE_READONLY_RECOVERY; any other value for another failure, after which the deadline is
 * the sweep. After anything but TR_OK, or without this call, the next look returns
 * TR_LOOK_READ again. */
void tr_watch_read_done(struct tr_watch *w, enum tr_err how);

/* One phrase for health reports and the log: how changes are noticed, and why so, as in
 * "inotify: too many instances; checking the wal-index every 2 to 20 ms". It may change with
 * any look. Belongs to the watch; valid until the next call with it. */
const char *tr_watch_mode(const struct tr_watch *w);

/* Whether it has to tick, because events are not to be had here: worth a line in the log. */
int tr_watch_ticks(const struct tr_watch *w);

/* Ends the watch. w may be NULL. The connection stays open, and the caller closes it before it
 * opens another: where others took the place of the files beside the database, it is told to
 * leave those alone when it closes. */
void tr_watch_close(struct tr_watch *w);

#endif
