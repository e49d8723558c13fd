/* pool.c: begins the tree of processes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/pool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/errlog.h"
#include "pool/guardian.h"
#include "pool/supervisor.h"

/* Ends the pool with the web server that started it, even if that is killed and can say
 * nothing. It is our parent then; a daemon (spawn-fcgi, systemd, nohup: a session of its own)
 * outlives its parent on purpose. Returns the server's pidfd, or -1. */
static int die_with_server(void)
{
	if (getsid(0) == getpid())
		return -1;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return tr_tree_pidfd(getppid());
}

int tr_pool_run(struct tr_pool_plan *plan)
{
	struct tr_tree *tree = mmap(
	    NULL, sizeof(*tree), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tree == MAP_FAILED) {
		tr_errlog("no shared memory: %s", strerror(errno));
		return 1;
	}
	tree->guard = tr_guardian_run;
	tree->supervise = tr_supervisor_run;
	tree->plan = plan;
	tree->server_fd = die_with_server();
	return tr_guardian_run(tree, 0);
}
