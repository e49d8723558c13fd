/* pool.c: the guardian: forks the supervisor, waits, and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/stop.h"
#include "pool/supervisor.h"

/* A supervisor that dies at once, again and again, must not keep a processor busy. */
#define RESTART_PAUSE_NS (100 * TR_NS_PER_MS)

/* A web server that is killed cannot tell us. One that started us is our parent; a daemon
 * (spawn-fcgi, systemd, nohup: a session of its own) outlives its parent on purpose. */
static void die_with_parent(void)
{
	if (getsid(0) != getpid())
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static pid_t start(const struct tr_pool_plan *plan)
{
	pid_t guardian = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != guardian)
			_exit(0); /* it died before the line above */
		_exit(tr_supervisor_run(plan));
	}
	if (pid < 0)
		tr_errlog("fork: %s", strerror(errno));
	return pid;
}

int tr_pool_run(const struct tr_pool_plan *plan)
{
	int status = 0;
	pid_t pid;

	tr_stop_install();
	die_with_parent();
	while (!tr_stop_asked()) {
		pid = start(plan);
		tr_stop_allow(1);
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			kill(pid, SIGTERM);
		tr_stop_allow(0);
		if (tr_stop_asked())
			break;
		if (pid > 0 && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid > 0)
			tr_errlog("the supervisor died of signal %d; another one starts",
			    WTERMSIG(status));
		tr_stop_poll(NULL, 0, RESTART_PAUSE_NS);
	}
	return 0;
}
