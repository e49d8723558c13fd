/* crew.c: what the processes of the proof do.
 *
 * SPDX-License-Identifier: MIT
 */
#include "crew.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "shim.h"

#define BUSY_MS 20000
#define KEEP_ROWS 5000 /* older ones are deleted, so that VACUUM stays short */

static void pass(void *arg, enum shim_point at)
{
	(void)arg;
	(void)at;
}

pid_t crew_start(struct board *b, void (*part)(struct board *b))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		srandom((unsigned)getpid() ^ (unsigned)tr_mono_ns());
		part(b);
		_exit(0);
	}
	return pid;
}

static int chance(int in)
{
	return random() % in == 0;
}

static void nap_us(long us)
{
	struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&t, NULL);
}

/* Runs SQL; what fails is counted and shown. */
static int run(struct board *b, sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
		fprintf(stderr, "%s: %s (%d)\n", sql, sqlite3_errmsg(db),
		    sqlite3_extended_errcode(db));
		b->errors++;
	}
	return rc;
}

static sqlite3 *open_db(struct board *b)
{
	char pragmas[160];
	sqlite3 *db = NULL;

	if (sqlite3_open(b->db, &db) != SQLITE_OK) {
		b->errors++;
		_exit(1);
	}
	sqlite3_busy_timeout(db, BUSY_MS);
	/* The small cache makes large transactions spill. */
	snprintf(pragmas, sizeof(pragmas),
	    "PRAGMA synchronous=%s; PRAGMA cache_size=50; PRAGMA wal_autocheckpoint=400;",
	    b->task.synchronous);
	run(b, db, pragmas);
	/* In rollback mode a matter of the connection, in WAL mode of the file. */
	snprintf(pragmas, sizeof(pragmas), "PRAGMA journal_mode=%s", b->task.journal_mode);
	run(b, db, pragmas);
	return db;
}

void crew_create(struct board *b)
{
	sqlite3 *db = open_db(b);

	run(b, db, "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, pad)");
	sqlite3_close(db);
}

/* One row to 4 MB. */
static long pad_bytes(void)
{
	if (chance(1000))
		return 4000000;
	if (chance(100))
		return random() % 200000;
	return random() % (chance(10) ? 20000 : 300);
}

/* One transaction of one row or a few; whether it was committed. */
static int transact(struct board *b, sqlite3 *db, sqlite3_stmt *insert)
{
	int rows = chance(4) ? 1 + (int)(random() % 5) : 1;
	int rc;

	if (run(b, db, "BEGIN IMMEDIATE") != SQLITE_OK)
		return 0;
	while (rows--) {
		sqlite3_bind_zeroblob(insert, 1, (int)pad_bytes());
		rc = sqlite3_step(insert);
		sqlite3_reset(insert);
		if (rc != SQLITE_DONE)
			b->errors++;
	}
	if (chance(50)) {
		run(b, db, "ROLLBACK");
		b->rolled_back++;
		return 0;
	}
	while ((rc = run(b, db, "COMMIT")) == SQLITE_BUSY)
		;
	return rc == SQLITE_OK;
}

static void write_some(struct board *b, sqlite3 *db, long commits)
{
	sqlite3_stmt *insert = NULL;

	if (sqlite3_prepare_v2(db, "INSERT INTO t(pad) VALUES(?1)", -1, &insert, NULL) !=
	    SQLITE_OK)
		b->errors++;
	while (insert && !b->stop && commits--) {
		if (transact(b, db, insert)) {
			int64_t id = sqlite3_last_insert_rowid(db);

			if (id < BOARD_ROWS) {
				b->visible_locked_ns[id] = shim_visible_locked_ns();
				b->visible_ns[id] = shim_visible_ns();
			}
			b->commits++;
		}
		if (!chance(4))
			nap_us(random() % b->task.gap_us);
	}
	sqlite3_finalize(insert);
}

void crew_write(struct board *b)
{
	sqlite3 *db;

	shim_install(pass, NULL);
	shim_count_locks(&b->locked_ns);
	shim_slow_sync(b->task.sync_delay_us);
	db = open_db(b);
	while (!b->stop)
		write_some(b, db, 1000);
	sqlite3_close(db);
}

static void checkpoint(struct board *b, sqlite3 *db)
{
	static const char *const how[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA wal_checkpoint(%s)", how[random() % 4]);
	if (run(b, db, sql) == SQLITE_OK)
		b->checkpoints++;
}

void crew_meddle(struct board *b)
{
	sqlite3 *db;
	char sql[96];

	snprintf(sql, sizeof(sql), "DELETE FROM t WHERE id < (SELECT max(id) FROM t) - %d",
	    KEEP_ROWS);
	shim_install(pass, NULL);
	shim_count_locks(&b->locked_ns);
	shim_slow_sync(b->task.sync_delay_us);
	while (!b->stop) {
		/* A fresh connection each time: its first commit draws its own salts. */
		db = open_db(b);
		for (int i = 0; i < 5 && !b->stop; i++) {
			nap_us(random() % 50000);
			checkpoint(b, db);
			if (chance(2))
				write_some(b, db, 1);
		}
		if (chance(10))
			run(b, db, sql);
		if (!b->task.spare && chance(8) && run(b, db, "VACUUM") == SQLITE_OK)
			b->vacuums++;
		sqlite3_close(db);
	}
}

static void delivered(void *arg, int64_t id)
{
	struct board *b = arg;

	if (id < BOARD_ROWS) {
		b->delivered_ns[id] = tr_mono_ns();
		b->delivered_locked_ns[id] = b->locked_ns;
	}
}

static int64_t my_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * TR_NS_PER_S + t.tv_nsec;
}

void crew_follow(struct board *b)
{
	struct follower f = {.on_row = delivered, .arg = b};
	int64_t end_ns = INT64_MAX;

	if (follower_open(&f, b->db, SQLITE_OPEN_READWRITE) != SQLITE_OK) {
		b->errors++;
		return;
	}
	follower_look(&f);
	b->ready = 1;
	while (tr_mono_ns() < end_ns && (!b->goal || f.last_id < b->goal) && !f.reopens) {
		follower_turn(&f, tr_mono_ns() + 2 * TR_NS_PER_S);
		if (b->goal && end_ns == INT64_MAX)
			end_ns = tr_mono_ns() + 5 * TR_NS_PER_S;
	}
	b->cpu_ns = my_cpu_ns();
	b->follower = f;
	follower_close(&f);
}

void crew_doze(struct board *b)
{
	prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	while (!b->stop && b->dozes < BOARD_DOZES) {
		int64_t begin_ns = tr_mono_ns();

		nap_us(1000);
		b->overslept_ns[b->dozes++] = tr_mono_ns() - begin_ns - TR_NS_PER_MS;
	}
}

void crew_tell(struct board *b)
{
	sqlite3 *db = open_db(b);
	sqlite3_stmt *s = NULL;

	sqlite3_prepare_v2(db, "SELECT seq FROM sqlite_sequence", -1, &s, NULL);
	if (sqlite3_step(s) == SQLITE_ROW)
		b->goal = sqlite3_column_int64(s, 0);
	else
		b->errors++;
	sqlite3_finalize(s);
	sqlite3_close(db);
}
