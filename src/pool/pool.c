/* pool.c: the guardian: forks the supervisor, waits, and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errlog.h"
#include "base/stop.h"
#include "pool/supervisor.h"

/* A supervisor that dies at once, again and again, must not keep a processor busy. */
#define RESTART_PAUSE_MS 10

struct guardian {
	const struct tr_pool_plan *plan;
	pid_t supervisor;
	int stopping;
	int status; /* to exit with */
};

/* A web server that is killed cannot tell us. One that started us is our parent; a daemon
 * (spawn-fcgi, systemd, nohup: a session of its own) outlives its parent on purpose. */
static void die_with_parent(void)
{
	if (getsid(0) != getpid())
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* The signals that the guardian waits for; all are blocked otherwise, so none is missed. */
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

static void run_supervisor(const struct guardian *g, pid_t parent)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set = awaited_signals();

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0); /* it died before the line above */
	sigaction(SIGHUP, &ignore, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	tr_stop_install();
	_exit(tr_supervisor_run(g->plan));
}

static void start(struct guardian *g)
{
	pid_t parent = getpid();

	for (;;) {
		g->supervisor = fork();
		if (g->supervisor == 0)
			run_supervisor(g, parent);
		if (g->supervisor > 0)
			return;
		tr_errlog("fork: %s; trying again", strerror(errno));
		poll(NULL, 0, RESTART_PAUSE_MS);
	}
}

/* A new supervisor serves with the settings as they are now; the one before it lets its
 * streams end in order, and their clients come back to the new one. */
static void reload(struct guardian *g)
{
	pid_t before = g->supervisor;

	if (g->plan->reload(g->plan->arg))
		return;
	start(g);
	kill(before, SIGTERM);
}

/* Buries the children that have died. Returns 1 while there are others. */
static int bury(struct guardian *g)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != g->supervisor)
			continue; /* one that was replaced */
		g->supervisor = 0;
		if (g->stopping)
			continue;
		if (WIFEXITED(status)) { /* it said why in the error log */
			g->stopping = 1;
			g->status = WEXITSTATUS(status);
			continue;
		}
		tr_errlog(
		    "the supervisor died of signal %d; another one starts", WTERMSIG(status));
		poll(NULL, 0, RESTART_PAUSE_MS);
		start(g);
	}
	return pid == 0;
}

int tr_pool_run(const struct tr_pool_plan *plan)
{
	struct guardian g = {.plan = plan};
	sigset_t set = awaited_signals();
	int signal_number;

	sigprocmask(SIG_BLOCK, &set, NULL);
	die_with_parent();
	start(&g);
	do {
		signal_number = sigwaitinfo(&set, NULL);
		if (signal_number == SIGHUP && !g.stopping)
			reload(&g);
		if (signal_number == SIGTERM || signal_number == SIGINT) {
			g.stopping = 1;
			kill(g.supervisor, SIGTERM);
		}
	} while (bury(&g) || !g.stopping);
	return g.status;
}
