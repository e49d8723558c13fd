/* proof.c: two writers, a meddler and a killer against one watch: nothing is lost, nothing
 * comes twice, nothing is left to the sweep.
 *
 * - `proof` runs 100,000 commits a mode, about ten minutes; `proof short` under a minute.
 * - The time that is shown is from the moment at which a commit became visible, noted by the
 *   writer's VFS, to the moment at which the follower had the row. In rollback mode the next
 *   writer may lock every reader out before this one came to read; the time less such locks
 *   is shown as well.
 * - Exit status 1 if anything was lost, doubled, left to the sweep or failed; the times judge
 *   the machine as much as the watch and fail nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "crew.h"

#define WRITERS 2
#define KILL_EVERY_MS 400
#define SHORT_AT_LEAST 100 /* commits, however short the proof */
#define STALLED_S 60	   /* no commit in so long: something hangs */

static const struct task tasks[] = {
    {"WAL NORMAL", "WAL", "NORMAL", 0, 100000, 2000, 0},
    {"WAL FULL", "WAL", "FULL", 0, 100000, 2000, 0},
    {"DELETE", "DELETE", "FULL", 0, 100000, 2000, 0},
    {"TRUNCATE", "TRUNCATE", "FULL", 0, 100000, 2000, 0},
    {"PERSIST", "PERSIST", "NORMAL", 0, 100000, 2000, 0},
    {"WAL FULL, fsync + 5 ms", "WAL", "FULL", 5000, 2000, 100000, 1},
    {"WAL FULL, fsync + 15 ms", "WAL", "FULL", 15000, 1000, 300000, 1},
    {"DELETE, fsync + 5 ms", "DELETE", "FULL", 5000, 2000, 100000, 1},
    {"DELETE, fsync + 15 ms", "DELETE", "FULL", 15000, 1000, 300000, 1},
};

static void nap_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* Kills a writer now and then, until enough is committed. 0, or -1 if nothing moves. */
static int supervise(struct board *b, pid_t *writers, int *kills)
{
	long before = 0;

	for (int64_t moved_ns = tr_mono_ns(); b->commits < b->task.commits;) {
		nap_ms(50 + random() % KILL_EVERY_MS);
		if (b->commits > before)
			moved_ns = tr_mono_ns();
		before = b->commits;
		if (tr_mono_ns() - moved_ns > STALLED_S * TR_NS_PER_S)
			return -1;
		if (!b->task.spare) {
			int i = (int)(random() % WRITERS);

			kill(writers[i], SIGKILL);
			waitpid(writers[i], NULL, 0);
			writers[i] = crew_start(b, crew_write);
			++*kills;
		}
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts n times, writes what they come to. */
static void tell(const char *what, int64_t *ns, long n)
{
	if (n == 0)
		return;
	qsort(ns, (size_t)n, sizeof(ns[0]), by_value);
	printf("  %-22s p50 %.0f  p99 %.0f  p99.9 %.0f  max %.0f us\n", what, ns[n / 2] / 1e3,
	    ns[n * 99 / 100] / 1e3, ns[n * 999 / 1000] / 1e3, ns[n - 1] / 1e3);
}

static void tell_times(struct board *b)
{
	static int64_t late_ns[BOARD_ROWS], readable_ns[BOARD_ROWS];
	long n = 0;

	for (long id = 1; id < BOARD_ROWS && id <= b->goal; id++) {
		int64_t ns = b->delivered_ns[id] - b->visible_ns[id];

		if (!b->visible_ns[id] || !b->delivered_ns[id])
			continue;
		late_ns[n] = ns > 0 ? ns : 0;
		ns -= b->delivered_locked_ns[id] - b->visible_locked_ns[id];
		readable_ns[n++] = ns > 0 ? ns : 0;
	}
	tell("visible to delivered:", late_ns, n);
	if (strcmp(b->task.journal_mode, "WAL") != 0)
		tell("of that not locked:", readable_ns, n);
	tell("a bare sleep, late by:", b->overslept_ns, b->dozes);
}

/* Prints what the board says; 1 if all is proved. */
static int report(struct board *b, int kills, int64_t took_ns)
{
	const struct follower *f = &b->follower;
	double commits = (double)b->commits;
	long long lost = b->goal - f->read;
	int good = lost == 0 && b->goal > 0 && !f->not_in_order && !f->by_sweep && !f->failed &&
		   !f->reopens && !b->errors;

	printf("%s: %s; %.0f commits of %lld rows in %.0f s: %lld lost, %lld out of order, "
	       "%lld by the sweep\n",
	    b->task.name, good ? "good" : "FAILED", commits, (long long)b->goal, took_ns / 1e9,
	    lost, (long long)f->not_in_order, (long long)f->by_sweep);
	tell_times(b);
	printf(
	    "  amid %d kills, %ld rollbacks, %ld checkpoints, %ld vacuums; a commit cost the "
	    "follower %.1f looks, %.2f selects (%.2f empty, %.2f busy), %.0f us CPU\n",
	    kills, (long)b->rolled_back, (long)b->checkpoints, (long)b->vacuums,
	    (double)f->looks / commits, (double)f->selects / commits,
	    (double)f->empty_selects / commits, (double)f->busy / commits,
	    (double)b->cpu_ns / 1e3 / commits);
	if (f->failed || f->reopens || b->errors)
		printf("  read error %d, reopened %lld, other errors %ld\n", f->failed,
		    (long long)f->reopens, (long)b->errors);
	fflush(stdout);
	return good;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int prove(struct board *b, const struct task *task)
{
	char dir[] = "/tmp/tailrow-proof-XXXXXX";
	pid_t writers[WRITERS], meddler, dozer, follower;
	int64_t begin_ns = tr_mono_ns();
	int kills = 0;

	memset(b, 0, sizeof(*b));
	b->task = *task;
	if (!mkdtemp(dir))
		return 0;
	snprintf(b->db, sizeof(b->db), "%s/t.db", dir);
	waitpid(crew_start(b, crew_create), NULL, 0);
	follower = crew_start(b, crew_follow);
	for (int i = 0; i < 1000 && !b->ready; i++)
		nap_ms(10);
	for (int i = 0; i < WRITERS; i++)
		writers[i] = crew_start(b, crew_write);
	meddler = crew_start(b, crew_meddle);
	dozer = crew_start(b, crew_doze);
	if (supervise(b, writers, &kills) != 0)
		b->errors++;
	b->stop = 1;
	for (int i = 0; i < WRITERS; i++)
		waitpid(writers[i], NULL, 0);
	waitpid(meddler, NULL, 0);
	waitpid(dozer, NULL, 0);
	waitpid(crew_start(b, crew_tell), NULL, 0);
	waitpid(follower, NULL, 0);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return report(b, kills, tr_mono_ns() - begin_ns);
}

int main(int argc, char **argv)
{
	int divide_by = argc > 1 && strcmp(argv[1], "short") == 0 ? 50 : 1;
	struct board *b =
	    mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int good = 1;

	if (b == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
		struct task task = tasks[i];

		task.commits /= divide_by;
		if (task.commits < SHORT_AT_LEAST)
			task.commits = SHORT_AT_LEAST;
		good &= prove(b, &task);
	}
	return good ? 0 : 1;
}
