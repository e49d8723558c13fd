/* test_guardian.c: what the guardian does where the system gives it nothing.
 *
 * - The supervisor is a stand-in that waits to be stopped; fork() and signalfd() fail when they
 *   are told to (-Wl,--wrap).
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "pool/guardian.h"

#define DEADLINE_NS (30 * TR_NS_PER_S)
#define ALWAYS 1000000

/* What the test and the guardian's processes share. */
static struct shared {
	struct tr_tree tree;
	_Atomic int forks_to_fail;
	_Atomic int forks_failed;
	_Atomic int no_signalfd;
	_Atomic int supervisors; /* begun */
	_Atomic int reloads;
} * shared;

static struct tr_pool_plan plan;

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	if (atomic_load(&shared->forks_to_fail) == 0)
		return __real_fork();
	atomic_fetch_sub(&shared->forks_to_fail, 1);
	atomic_fetch_add(&shared->forks_failed, 1);
	errno = EAGAIN;
	return -1;
}

int __real_signalfd(int fd, const sigset_t *set, int flags);
int __wrap_signalfd(int fd, const sigset_t *set, int flags);
int __wrap_signalfd(int fd, const sigset_t *set, int flags)
{
	if (!atomic_load(&shared->no_signalfd))
		return __real_signalfd(fd, set, flags);
	errno = EMFILE;
	return -1;
}

static int supervise(struct tr_tree *tree, pid_t guardian)
{
	(void)tree, (void)guardian;
	atomic_fetch_add(&shared->supervisors, 1);
	while (!tr_stop_asked())
		tr_stop_poll(NULL, 0, -1);
	return 0;
}

static int reload(void *arg)
{
	(void)arg;
	atomic_fetch_add(&shared->reloads, 1);
	return 0;
}

/* Waits until the number is at least that. */
static void await(const _Atomic int *number, int least)
{
	int64_t end_ns = tr_mono_ns() + DEADLINE_NS;

	while (atomic_load(number) < least) {
		assert_true(tr_mono_ns() < end_ns);
		usleep(1000);
	}
}

/* Starts a guardian; its complaints go nowhere. */
static pid_t start_guardian(void)
{
	pid_t pid = __real_fork();

	if (pid == 0) {
		alarm(60); /* whatever the test does, nothing is left over */
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		_exit(tr_guardian_run(&shared->tree, 0));
	}
	return pid;
}

/* Waits for its end. Returns its exit status. */
static int end_of(pid_t pid)
{
	int64_t end_ns = tr_mono_ns() + DEADLINE_NS;
	int status;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0) {
		assert_true(tr_mono_ns() < end_ns);
		usleep(1000);
	}
	assert_int_equal(got, pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_supervisor_is_forked_once_that_can_be(void **state)
{
	pid_t pid;

	(void)state;
	atomic_store(&shared->forks_to_fail, 2);
	pid = start_guardian();
	await(&shared->supervisors, 1);
	assert_int_equal(atomic_load(&shared->forks_failed), 2);
	kill(pid, SIGTERM);
	assert_int_equal(end_of(pid), 0);
}

static void the_next_one_too(void **state)
{
	pid_t pid = start_guardian();

	(void)state;
	await(&shared->supervisors, 1);
	atomic_store(&shared->forks_to_fail, 2);
	kill(atomic_load(&shared->tree.supervisor), SIGKILL);
	await(&shared->supervisors, 2);
	assert_int_equal(atomic_load(&shared->forks_failed), 2);
	kill(pid, SIGTERM);
	assert_int_equal(end_of(pid), 0);
}

static void it_can_be_stopped_while_nothing_can_be_forked(void **state)
{
	pid_t pid;

	(void)state;
	atomic_store(&shared->forks_to_fail, ALWAYS);
	pid = start_guardian();
	await(&shared->forks_failed, 1);
	kill(pid, SIGTERM);
	assert_int_equal(end_of(pid), 0);
	assert_int_equal(atomic_load(&shared->supervisors), 0);
}

static void a_reload_that_cannot_be_leaves_the_pool_at_work(void **state)
{
	pid_t pid = start_guardian(), supervisor;

	(void)state;
	await(&shared->supervisors, 1);
	supervisor = atomic_load(&shared->tree.supervisor);
	atomic_store(&shared->forks_to_fail, 1);
	kill(pid, SIGHUP);
	await(&shared->forks_failed, 1);
	kill(pid, SIGHUP); /* and the next one works */
	await(&shared->supervisors, 2);
	assert_int_equal(atomic_load(&shared->reloads), 2);
	assert_int_not_equal(atomic_load(&shared->tree.supervisor), supervisor);
	kill(pid, SIGTERM);
	assert_int_equal(end_of(pid), 0);
}

static void without_signals_there_is_no_pool(void **state)
{
	(void)state;
	atomic_store(&shared->no_signalfd, 1);
	assert_int_equal(end_of(start_guardian()), 1);
	assert_int_equal(atomic_load(&shared->supervisors), 0);
}

static int share(void **state)
{
	(void)state;
	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	plan = (struct tr_pool_plan){.reload = reload};
	shared->tree.supervise = supervise;
	shared->tree.plan = &plan;
	shared->tree.server_fd = -1;
	return shared == MAP_FAILED;
}

static int unshare_all(void **state)
{
	(void)state;
	return munmap(shared, sizeof(*shared));
}

#define guardian_test(function) cmocka_unit_test_setup_teardown(function, share, unshare_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    guardian_test(a_supervisor_is_forked_once_that_can_be),
	    guardian_test(the_next_one_too),
	    guardian_test(it_can_be_stopped_while_nothing_can_be_forked),
	    guardian_test(a_reload_that_cannot_be_leaves_the_pool_at_work),
	    guardian_test(without_signals_there_is_no_pool),
	};

	return cmocka_run_group_tests_name("guardian", tests, NULL, NULL);
}
