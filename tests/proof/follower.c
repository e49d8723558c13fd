/* follower.c: a caller of the watch.
 *
 * SPDX-License-Identifier: MIT
 */
#include "follower.h"

#include <poll.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"

/* In-flight ticks and ticks without inotify are shorter; only the sweep waits as long. */
#define SWEEP_AT_LEAST_NS (TR_NS_PER_S / 2)

int follower_open(struct follower *f, const char *path, int flags)
{
	int rc = sqlite3_open_v2(path, &f->db, flags, NULL);

	sqlite3_extended_result_codes(f->db, 1);
	prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	if (rc == SQLITE_OK && tr_watch_open(&f->watch, f->db, NULL) != TR_OK)
		rc = -1;
	return rc;
}

static int step_all(struct follower *f)
{
	int rc;

	while ((rc = sqlite3_step(f->rows)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(f->rows, 0);

		f->not_in_order += id != f->last_id + 1;
		f->last_id = id;
		f->read++;
		if (f->on_row)
			f->on_row(f->arg, id);
	}
	return rc;
}

static int select_rows(struct follower *f)
{
	int rc = SQLITE_OK;

	if (!f->rows)
		rc = sqlite3_prepare_v2(
		    f->db, "SELECT id FROM t WHERE id > ?1 ORDER BY id", -1, &f->rows, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_bind_int64(f->rows, 1, f->last_id);
	rc = step_all(f);
	sqlite3_reset(f->rows);
	return rc;
}

static enum tr_err read_rows(struct follower *f)
{
	int64_t before = f->read;
	int rc = select_rows(f);

	f->selects++;
	f->empty_selects += rc == SQLITE_DONE && f->read == before;
	if (rc == SQLITE_DONE)
		return TR_OK;
	/* SQLITE_READONLY_RECOVERY: somebody who may write will recover it. */
	if ((rc & 0xff) == SQLITE_BUSY || rc == SQLITE_READONLY_RECOVERY) {
		f->busy++;
		f->busy_rc = rc;
		return TR_BUSY;
	}
	f->failed = rc;
	return TR_DB;
}

enum tr_look follower_look(struct follower *f)
{
	enum tr_look look;
	enum tr_err err;

	do {
		f->looks++;
		err = TR_BUSY;
		look = tr_watch_look(f->watch);
		if (look == TR_LOOK_READ) {
			err = read_rows(f);
			tr_watch_read_done(f->watch, err);
		}
	} while (err == TR_OK);
	f->reopens += look == TR_LOOK_REOPEN;
	return look;
}

enum tr_look follower_turn(struct follower *f, int64_t until_ns)
{
	struct pollfd fd = {.fd = tr_watch_fd(f->watch), .events = POLLIN};
	int64_t begin_ns = tr_mono_ns(), before = f->read;
	int64_t wait_ns = tr_watch_deadline_ns(f->watch) - begin_ns;
	int swept = wait_ns >= SWEEP_AT_LEAST_NS;
	struct timespec wait;
	enum tr_look look;

	if (begin_ns + wait_ns > until_ns)
		wait_ns = until_ns - begin_ns;
	if (wait_ns < 0)
		wait_ns = 0;
	wait = (struct timespec){wait_ns / TR_NS_PER_S, wait_ns % TR_NS_PER_S};
	swept = ppoll(&fd, 1, &wait, NULL) == 0 && swept;
	look = follower_look(f);
	if (swept)
		f->by_sweep += f->read - before;
	return look;
}

int follower_waits_for(struct follower *f, int64_t id, int within_ms)
{
	int64_t until_ns = tr_mono_ns() + within_ms * TR_NS_PER_MS;
	enum tr_look look = TR_LOOK_WAIT;

	while (f->last_id < id && look != TR_LOOK_REOPEN && tr_mono_ns() < until_ns)
		look = follower_turn(f, until_ns);
	return f->last_id >= id;
}

void follower_close(struct follower *f)
{
	sqlite3_finalize(f->rows);
	tr_watch_close(f->watch);
	sqlite3_close(f->db);
	f->rows = NULL;
	f->watch = NULL;
	f->db = NULL;
}
