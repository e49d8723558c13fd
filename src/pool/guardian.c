/* guardian.c: forks the supervisor and waits, and is itself started anew by it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/guardian.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errlog.h"
#include "base/stop.h"

/* A supervisor that dies at once, again and again, must not keep a processor busy; nor a system
 * without room for another process. */
#define RESTART_PAUSE_MS 10
#define FORK_PAUSE_MS 100

struct guardian {
	struct tr_tree *tree;
	int signals;	   /* those below as a descriptor */
	int supervisor_fd; /* its pidfd; -1 where there is none, and SIGCHLD must do */
};

static sigset_t awaited_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	return set;
}

static void run_supervisor(struct guardian *g, pid_t parent)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set = awaited_signals();

	close(g->signals);
	if (g->supervisor_fd >= 0)
		close(g->supervisor_fd);
	sigaction(SIGHUP, &ignore, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	tr_stop_install();
	atomic_store(&g->tree->supervisor, getpid());
	_exit(g->tree->supervise(g->tree, parent));
}

/* Forks a supervisor. Returns 1; or 0: there is no process to be had, and all is as it was. */
static int start(struct guardian *g)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return 0;
	if (pid == 0)
		run_supervisor(g, parent);
	if (g->supervisor_fd >= 0)
		close(g->supervisor_fd);
	atomic_store(&g->tree->supervisor, pid);
	g->supervisor_fd = tr_tree_pidfd(pid);
	return 1;
}

/* A web server that is started again at once must not find anybody listening at its socket:
 * it would take that for somebody else's. A socket that is not the server's stays as it is. */
static void stop(struct guardian *g)
{
	if (g->tree->server_fd >= 0)
		shutdown(STDIN_FILENO, SHUT_RDWR);
	atomic_store(&g->tree->stopping, 1);
	if (atomic_load(&g->tree->supervisor))
		kill(atomic_load(&g->tree->supervisor), SIGTERM);
}

/* A new supervisor serves with the settings as they are now; the one before it lets its
 * streams end in order, and their clients come back to the new one. */
static void reload(struct guardian *g)
{
	pid_t before = atomic_load(&g->tree->supervisor);

	if (g->tree->plan->reload(g->tree->plan->arg) || !before)
		return;
	if (start(g))
		kill(before, SIGTERM);
	else
		tr_errlog("fork: %s; the settings stay as they were", strerror(errno));
}

static void take_signals(struct guardian *g)
{
	struct signalfd_siginfo info;

	while (read(g->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP && !atomic_load(&g->tree->stopping))
			reload(g);
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			stop(g);
	}
}

/* Forks a supervisor, if not now then soon. Returns 1; or 0: the pool was told to stop before.
 */
static int start_at_last(struct guardian *g)
{
	if (g->supervisor_fd >= 0)
		close(g->supervisor_fd);
	g->supervisor_fd = -1;
	atomic_store(&g->tree->supervisor, 0);
	while (!start(g)) {
		struct pollfd fds[2] = {{.fd = g->signals, .events = POLLIN},
		    {.fd = g->tree->server_fd, .events = POLLIN}};

		tr_errlog("fork: %s; trying again", strerror(errno));
		poll(fds, 2, FORK_PAUSE_MS);
		take_signals(g);
		if (fds[1].revents)
			stop(g);
		if (atomic_load(&g->tree->stopping))
			return 0;
	}
	return 1;
}

/* Whether the supervisor has died; buries whoever has. */
static int supervisor_died(const struct guardian *g)
{
	pid_t supervisor = atomic_load(&g->tree->supervisor);
	struct pollfd fd = {.fd = g->supervisor_fd, .events = POLLIN};
	int died = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		died |= pid == supervisor;
	return died || poll(&fd, 1, 0) > 0;
}

int tr_guardian_run(struct tr_tree *tree, pid_t supervisor)
{
	struct guardian g = {.tree = tree, .supervisor_fd = -1};
	sigset_t set = awaited_signals();

	sigprocmask(SIG_BLOCK, &set, NULL);
	atomic_store(&tree->guardian, getpid());
	g.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g.signals < 0) {
		tr_errlog("signalfd: %s: nobody could stop the pool", strerror(errno));
		poll(NULL, 0, FORK_PAUSE_MS); /* a supervisor would try again at once */
		return 1;
	}
	if (supervisor)
		g.supervisor_fd = tr_tree_pidfd(supervisor);
	else if (!start_at_last(&g))
		return atomic_load(&tree->status);
	for (;;) {
		struct pollfd fds[3] = {{.fd = g.signals, .events = POLLIN},
		    {.fd = g.supervisor_fd, .events = POLLIN},
		    {.fd = tree->server_fd, .events = POLLIN}};

		poll(fds, 3, -1);
		take_signals(&g);
		if (fds[2].revents && !atomic_load(&tree->stopping))
			stop(&g);
		if (!supervisor_died(&g)) {
			if (fds[2].revents)
				poll(NULL, 0, RESTART_PAUSE_MS); /* it stays readable */
			continue;
		}
		if (atomic_load(&tree->stopping))
			return atomic_load(&tree->status);
		tr_errlog("the supervisor died; another one starts");
		poll(NULL, 0, RESTART_PAUSE_MS);
		if (!start_at_last(&g))
			return atomic_load(&tree->status);
	}
}
