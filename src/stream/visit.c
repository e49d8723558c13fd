/* visit.c: lets a child process do what needs the database, and take its memory away with it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/visit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errlog.h"
#include "base/stop.h"

struct tr_visit {
	int handed_back;
	char state[];
};

static void become_child(pid_t parent)
{
	/* Not SIGTERM: a child that is blocked in a write to its client would not look. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		tr_visit_end(); /* it died before the line above */
}

static void wait_for(pid_t child)
{
	int status = 0;

	tr_stop_allow(1);
	if (tr_stop_asked()) /* since the last look */
		kill(child, SIGTERM);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		kill(child, SIGTERM);
	tr_stop_allow(0);
	if (WIFSIGNALED(status))
		tr_errlog("a process that read the database died of signal %d: "
			  "its response ends here",
		    WTERMSIG(status));
}

enum tr_visit_role tr_visit_begin(struct tr_visit **visit, void *state, size_t size)
{
	size_t map_bytes = sizeof(**visit) + size;
	struct tr_visit *shared =
	    mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum tr_visit_role role = TR_VISIT_NONE;
	pid_t parent = getpid();
	pid_t child;

	if (shared == MAP_FAILED)
		return TR_VISIT_NONE;
	child = fork();
	if (child == 0) {
		become_child(parent);
		*visit = shared;
		return TR_VISIT_CHILD;
	}
	if (child > 0) {
		wait_for(child);
		role = shared->handed_back ? TR_VISIT_BACK : TR_VISIT_OVER;
	}
	if (role == TR_VISIT_BACK)
		memcpy(state, shared->state, size);
	munmap(shared, map_bytes);
	return role;
}

_Noreturn void tr_visit_hand_back(struct tr_visit *visit, const void *state, size_t size)
{
	memcpy(visit->state, state, size);
	visit->handed_back = 1;
	_exit(0);
}

_Noreturn void tr_visit_end(void)
{
	_exit(0);
}
