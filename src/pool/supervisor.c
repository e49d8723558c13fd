/* supervisor.c: keeps spare workers ahead of the requests.
 *
 * - Never opens the database, so that it has no lock of SQLite's to lose.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/stop.h"

/* Workers that die young, or a system without room for another process, must not keep a
 * processor busy. */
#define FORK_PAUSE_NS (100 * TR_NS_PER_MS)

/* Some 20,000 short lines: what a stream may miss while its client reads nothing, before it
 * has to go back to the database. */
#define RING_BYTES (4 * 1024 * 1024)

#define DRAIN_NS (2 * TR_NS_PER_S)
#define DRAIN_STEP_NS (100 * TR_NS_PER_MS)

struct supervisor {
	struct tr_tree *tree;
	const struct tr_pool_plan *plan;
	int guardian_fd; /* pidfd; -1: there is none in this kernel, and PDEATHSIG must do */
	int unguarded;	 /* the guardian died, and another is to be forked */
	struct tr_pool pool;
	pid_t watchers[1 + TR_CHANNELS]; /* the ring's, then each channel's; 0: none runs */
	int children;			 /* SIGCHLD as a descriptor */
	int64_t pause_until_ns;		 /* no fork before this */
};

/* SIGCHLD is blocked and read from a descriptor; the workers get it back as it was. */
static enum tr_err watch_children(struct supervisor *s, struct tr_why *why)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	s->children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->children < 0)
		return tr_fail(why, TR_SYS, "signalfd: %s", strerror(errno));
	return TR_OK;
}

/* Runs a worker, or a watcher (no seat), in a process just forked. */
static void run_child(struct supervisor *s, struct tr_seat *seat, int channel, pid_t parent)
{
	sigset_t child;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0); /* it died before the line above */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child, NULL);
	close(s->children);
	if (!seat)
		_exit(s->plan->watch(s->plan->arg, &s->pool, channel));
	tr_ring_protect(s->pool.ring);
	_exit(s->plan->work(s->plan->arg, &s->pool, seat));
}

/* Forks a worker, or a watcher (no seat). Returns its pid, or 0: not now. */
static pid_t fork_child(struct supervisor *s, struct tr_seat *seat, int channel)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0)
		run_child(s, seat, channel, parent);
	if (pid > 0)
		return pid;
	tr_errlog("fork: %s; trying again", strerror(errno));
	s->pause_until_ns = tr_mono_ns() + FORK_PAUSE_NS;
	return 0;
}

/* Forks a worker. Returns 1, or 0: not now. */
static int fork_worker(struct supervisor *s)
{
	struct tr_seat *seat = tr_scoreboard_empty_seat(s->pool.board);
	pid_t pid = seat ? fork_child(s, seat, TR_NO_CHANNEL) : 0;

	if (pid)
		tr_seat_give(seat, pid);
	return pid > 0;
}

/* How many watchers there are to be. */
static int watcher_count(const struct supervisor *s)
{
	return 1 + s->pool.channel_count;
}

/* Forgets a watcher that has died. Returns whether it was one. */
static int forget_watcher(struct supervisor *s, pid_t pid)
{
	for (int i = 0; i < watcher_count(s); i++) {
		if (s->watchers[i] != pid)
			continue;
		s->watchers[i] = 0;
		return 1;
	}
	return 0;
}

static void reap(struct supervisor *s)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(s->children, &info, sizeof(info)) > 0)
		continue;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		int is_watcher;

		if (pid == atomic_load(&s->tree->guardian))
			continue; /* watch_guardian() sees it too */

		is_watcher = forget_watcher(s, pid);
		tr_scoreboard_clear(s->pool.board, pid);
		if (WIFSIGNALED(status))
			tr_errlog("%s %d died of signal %d", is_watcher ? "watcher" : "worker",
			    (int)pid, WTERMSIG(status));
		if (status)
			s->pause_until_ns = tr_mono_ns() + FORK_PAUSE_NS;
		else if (is_watcher)
			tr_scoreboard_signal(s->pool.board, SIGTERM);
	}
}

/* Forks what is wanted, as far as that goes. Returns how long until it should look again
 * though nobody rings, in nanoseconds; negative: for ever. */
static int64_t fill(struct supervisor *s)
{
	int64_t pause_ns = s->pause_until_ns - tr_mono_ns();

	if (pause_ns > 0)
		return pause_ns;
	for (int i = 0; i < watcher_count(s); i++)
		if (!s->watchers[i])
			s->watchers[i] = fork_child(s, NULL, i - 1);
	while (tr_scoreboard_wanted(s->pool.board) > 0 && fork_worker(s))
		continue;
	pause_ns = s->pause_until_ns - tr_mono_ns(); /* where one could not be forked */
	return pause_ns > 0 ? pause_ns : -1;
}

static int signal_children(struct supervisor *s, int signal_number)
{
	int alive = tr_scoreboard_signal(s->pool.board, signal_number);

	for (int i = 0; i < watcher_count(s); i++)
		alive += s->watchers[i] && kill(s->watchers[i], signal_number) == 0;
	return alive;
}

/* Asks the children to end until none is left. A signal that comes just before a worker
 * waits in accept() is lost on it, so it is sent again. */
static void drain(struct supervisor *s)
{
	int64_t end_ns = tr_mono_ns() + DRAIN_NS;
	struct pollfd fd = {.fd = s->children, .events = POLLIN};

	while (signal_children(s, tr_mono_ns() < end_ns ? SIGTERM : SIGKILL) > 0) {
		tr_stop_poll(&fd, 1, DRAIN_STEP_NS);
		reap(s);
	}
}

static enum tr_err share(
    struct tr_pool *pool, const struct tr_pool_plan *plan, struct tr_why *why)
{
	enum tr_err err = tr_scoreboard_make(
	    &pool->board, plan->max_streams, plan->max_streams_per_client, why);

	if (!err)
		err = tr_ring_make(&pool->ring, RING_BYTES, why);
	if (!err)
		err = tr_bells_make(&pool->bells, why);
	for (; !err && pool->channel_count < plan->channels; pool->channel_count++)
		err = tr_channel_make(&pool->channels[pool->channel_count], why);
	return err;
}

/* What a guardian has no use for, and would hand down to every supervisor after this one. */
static void let_go(struct supervisor *s)
{
	close(s->children);
	tr_bells_free(&s->pool.bells);
	tr_ring_free(s->pool.ring);
	tr_scoreboard_free(s->pool.board);
	for (int i = 0; i < s->pool.channel_count; i++)
		tr_channel_free(&s->pool.channels[i]);
}

static void fork_guardian(struct supervisor *s)
{
	pid_t self = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		let_go(s);
		_exit(s->tree->guard(s->tree, self));
	}
	s->unguarded = pid < 0;
	if (pid < 0) {
		tr_errlog("fork: %s; trying again", strerror(errno));
		s->pause_until_ns = tr_mono_ns() + FORK_PAUSE_NS;
		return;
	}
	atomic_store(&s->tree->guardian, pid);
	s->guardian_fd = tr_tree_pidfd(pid);
}

/* Starts another guardian where the last one has died, or stops where it was stopping. */
static void watch_guardian(struct supervisor *s)
{
	struct pollfd fd = {.fd = s->guardian_fd, .events = POLLIN};

	if (poll(&fd, 1, 0) > 0) {
		if (atomic_load(&s->tree->stopping)) {
			kill(getpid(), SIGTERM);
			return;
		}
		tr_errlog("the guardian died; another one starts");
		close(s->guardian_fd);
		s->guardian_fd = -1;
		s->unguarded = 1;
	}
	if (s->unguarded && tr_mono_ns() >= s->pause_until_ns)
		fork_guardian(s);
}

/* Where the guardian cannot be watched, at least nothing is left over when it dies. */
static void open_guardian(struct supervisor *s, pid_t guardian)
{
	s->guardian_fd = tr_tree_pidfd(guardian);
	if (s->guardian_fd >= 0)
		return;
	if (errno == ESRCH)
		fork_guardian(s); /* it died just now */
	else
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void serve(struct supervisor *s)
{
	uint64_t rings;

	while (!tr_stop_asked()) {
		struct pollfd fds[3] = {{.fd = s->children, .events = POLLIN},
		    {.fd = tr_scoreboard_bell(s->pool.board), .events = POLLIN},
		    {.fd = s->guardian_fd, .events = POLLIN}};

		tr_stop_poll(fds, 3, fill(s));
		if (read(tr_scoreboard_bell(s->pool.board), &rings, sizeof(rings)) < 0)
			rings = 0; /* EAGAIN: something else woke us */
		watch_guardian(s);
		reap(s);
	}
}

int tr_supervisor_run(struct tr_tree *tree, pid_t guardian)
{
	struct supervisor s = {.tree = tree, .plan = tree->plan};
	struct tr_why why = {0};

	if (share(&s.pool, tree->plan, &why) || watch_children(&s, &why)) {
		tr_errlog("%s", why.text);
		atomic_store(&tree->status, 1);
		atomic_store(&tree->stopping, 1);
		return 1;
	}
	open_guardian(&s, guardian);
	serve(&s);
	drain(&s);
	return 0;
}
