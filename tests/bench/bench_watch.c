/* bench_watch.c: how soon, and at what price, a process learns of another one's commit: by the
 * watch, by two kinds of polling, and by an eventfd that no database stands behind.
 *
 * - One writer, WAL, synchronous=NORMAL, a row every 0.5 to 1.5 ms; the time is from the
 *   commit's return to the row's arrival, and 0 where the row was there first.
 * - The idle price is the CPU time of the reading process while nothing is written, from
 *   /proc/PID/schedstat.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "follower.h"

#define COMMITS 3000
#define IDLE_MS 3000
#define LAST_MS 1000 /* the slowest way needs half of it to see the last row */

struct board {
	char db[64];
	int eventfd;
	_Atomic int64_t written; /* rows, or signals of the eventfd */
	_Atomic int64_t returned_ns[COMMITS + 1];
	int64_t arrived_ns[COMMITS + 1];
};

/* In front of the system's, by the linker. */
int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
static int refuse_inotify;

int __wrap_inotify_init1(int flags)
{
	errno = EMFILE;
	return refuse_inotify ? -1 : __real_inotify_init1(flags);
}

static void nap_us(long us)
{
	struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&t, NULL);
}

static void arrived(void *arg, int64_t id)
{
	struct board *b = arg;

	if (id <= COMMITS)
		b->arrived_ns[id] = tr_mono_ns();
}

static void by_watch(struct board *b)
{
	struct follower f = {.on_row = arrived, .arg = b};

	if (follower_open(&f, b->db, SQLITE_OPEN_READWRITE) != SQLITE_OK)
		_exit(1);
	follower_look(&f);
	for (;;)
		follower_turn(&f, tr_mono_ns() + TR_NS_PER_S);
}

static void by_ticks(struct board *b)
{
	refuse_inotify = 1;
	by_watch(b);
}

static void by_eventfd(struct board *b)
{
	struct pollfd fd = {.fd = b->eventfd, .events = POLLIN};
	eventfd_t count;
	int64_t id = 0;

	while (poll(&fd, 1, -1) == 1) {
		if (eventfd_read(b->eventfd, &count) != 0)
			_exit(1);
		while (id < b->written)
			arrived(b, ++id);
	}
}

static sqlite3 *open_db(const struct board *b)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(b->db, &db) != SQLITE_OK)
		_exit(1);
	sqlite3_busy_timeout(db, 5000);
	return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		_exit(1);
	return s;
}

static int64_t read_after(struct board *b, sqlite3_stmt *rows, int64_t last)
{
	sqlite3_bind_int64(rows, 1, last);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		last = sqlite3_column_int64(rows, 0);
		arrived(b, last);
	}
	sqlite3_reset(rows);
	return last;
}

static void by_data_version(struct board *b)
{
	sqlite3 *db = open_db(b);
	sqlite3_stmt *rows = prepare(db, "SELECT id FROM t WHERE id > ?1 ORDER BY id");
	sqlite3_stmt *version = prepare(db, "PRAGMA data_version");
	int64_t last = 0;
	int seen = 0;

	prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	for (;; nap_us(1000)) {
		int now =
		    sqlite3_step(version) == SQLITE_ROW ? sqlite3_column_int(version, 0) : 0;

		sqlite3_reset(version);
		if (now != seen)
			last = read_after(b, rows, last);
		seen = now;
	}
}

static void by_polling(struct board *b)
{
	sqlite3 *db = open_db(b);
	sqlite3_stmt *rows = prepare(db, "SELECT id FROM t WHERE id > ?1 ORDER BY id");
	int64_t last = 0;

	for (;; nap_us(500000))
		last = read_after(b, rows, last);
}

static void write_rows(struct board *b)
{
	sqlite3 *db = open_db(b);
	sqlite3_stmt *insert = prepare(db, "INSERT INTO t(pad) VALUES('one line of a log')");

	sqlite3_exec(db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
	for (int id = 1; id <= COMMITS; id++) {
		if (sqlite3_step(insert) != SQLITE_DONE)
			_exit(1);
		sqlite3_reset(insert);
		b->returned_ns[id] = tr_mono_ns();
		nap_us(500 + random() % 1000);
	}
	sqlite3_finalize(insert);
	sqlite3_close(db);
}

static void write_signals(struct board *b)
{
	for (int id = 1; id <= COMMITS; id++) {
		b->returned_ns[id] = tr_mono_ns();
		b->written = id;
		eventfd_write(b->eventfd, 1);
		nap_us(500 + random() % 1000);
	}
}

static void create(struct board *b)
{
	sqlite3 *db = open_db(b);

	if (sqlite3_exec(db,
		"PRAGMA journal_mode=WAL; DROP TABLE IF EXISTS t;"
		"CREATE TABLE t(id INTEGER PRIMARY KEY, pad)",
		NULL, NULL, NULL) != SQLITE_OK)
		_exit(1);
	sqlite3_close(db);
}

static pid_t start(struct board *b, void (*part)(struct board *b))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		part(b);
		_exit(0);
	}
	return pid;
}

/* CPU time of another process, in nanoseconds. */
static int64_t cpu_ns(pid_t pid)
{
	char path[64];
	long long ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lld", &ns) != 1)
		fprintf(stderr, "no schedstat in this kernel: CPU times are 0\n");
	if (f)
		fclose(f);
	return ns;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void tell(const char *name, const struct board *b, int64_t idle_ns)
{
	static int64_t late_ns[COMMITS];
	int n = 0;

	for (int id = 1; id <= COMMITS; id++) {
		int64_t ns = b->arrived_ns[id] - b->returned_ns[id];

		if (b->arrived_ns[id])
			late_ns[n++] = ns > 0 ? ns : 0;
	}
	if (n == 0) {
		printf("%-26s nothing arrived\n", name);
		return;
	}
	qsort(late_ns, (size_t)n, sizeof(late_ns[0]), by_value);
	printf("%-26s p50 %8.0f us   p99 %8.0f us   max %8.0f us   idle %5.2f ms CPU a second",
	    name, late_ns[n / 2] / 1e3, late_ns[n * 99 / 100] / 1e3, late_ns[n - 1] / 1e3,
	    idle_ns * 1e3 / IDLE_MS / 1e6);
	printf(n < COMMITS ? "   %d lost\n" : "\n", COMMITS - n);
}

static void measure(const char *name, struct board *b, void (*reader)(struct board *b),
    void (*writer)(struct board *b))
{
	int64_t idle_ns;
	pid_t pid;

	memset(b->arrived_ns, 0, sizeof(b->arrived_ns));
	b->written = 0;
	waitpid(start(b, create), NULL, 0);
	pid = start(b, reader);
	nap_us(LAST_MS * 1000L);
	idle_ns = cpu_ns(pid);
	nap_us(IDLE_MS * 1000L);
	idle_ns = cpu_ns(pid) - idle_ns;
	waitpid(start(b, writer), NULL, 0);
	nap_us(LAST_MS * 1000L);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	tell(name, b, idle_ns);
}

static void remove_db(const struct board *b)
{
	static const char *const suffix[] = {"", "-wal", "-shm"};
	char path[80];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", b->db, suffix[i]);
		unlink(path);
	}
}

int main(void)
{
	struct board *b =
	    mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char dir[] = "/tmp/tailrow-bench-XXXXXX";

	if (b == MAP_FAILED || !mkdtemp(dir))
		return 1;
	snprintf(b->db, sizeof(b->db), "%s/t.db", dir);
	b->eventfd = eventfd(0, EFD_CLOEXEC);
	measure("eventfd, no database", b, by_eventfd, write_signals);
	measure("the watch (inotify)", b, by_watch, write_rows);
	measure("the watch, no inotify", b, by_ticks, write_rows);
	measure("data_version each 1 ms", b, by_data_version, write_rows);
	measure("SELECT each 500 ms", b, by_polling, write_rows);
	remove_db(b);
	return rmdir(dir) == 0 ? 0 : 1;
}
