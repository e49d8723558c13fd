/* test_stop.c: a signal to stop is never missed and ends a wait.
 *
 * - The flag belongs to the process and stays: so each test runs in a child of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"

#define MUST(condition)                                                                        \
	do {                                                                                   \
		if (!(condition))                                                              \
			_exit(__LINE__ % 200 + 1);                                             \
	} while (0)

/* Runs the test in a child, which leaves with the line that failed; 10 s are too long. */
static void in_a_child(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int64_t ms_since(int64_t begun_ns)
{
	return (tr_mono_ns() - begun_ns) / TR_NS_PER_MS;
}

static void child_blocked_until_asked(void)
{
	tr_stop_install();
	MUST(!tr_stop_asked());
	raise(SIGTERM);
	MUST(!tr_stop_asked()); /* blocked: nothing of ours is interrupted */
	MUST(tr_stop_poll(NULL, 0, 5 * TR_NS_PER_S) == -1 && errno == EINTR);
	MUST(tr_stop_asked());
}

static void child_sigint_too(void)
{
	tr_stop_install();
	raise(SIGINT);
	MUST(tr_stop_poll(NULL, 0, -1) == -1 && errno == EINTR);
	MUST(tr_stop_asked());
	MUST(tr_stop_poll(NULL, 0, 0) == 0); /* asked once, and taken once */
}

static void child_a_wait_ends(void)
{
	int64_t begun_ns = tr_mono_ns();
	pid_t self = getpid(), other;

	tr_stop_install();
	other = fork();
	if (other == 0) {
		usleep(100000);
		kill(self, SIGTERM);
		_exit(0);
	}
	MUST(tr_stop_poll(NULL, 0, -1) == -1 && errno == EINTR);
	MUST(tr_stop_asked());
	MUST(ms_since(begun_ns) >= 90);
	waitpid(other, NULL, 0);
}

static void child_allow_and_block(void)
{
	tr_stop_install();
	raise(SIGTERM);
	MUST(!tr_stop_asked());
	tr_stop_allow(1);
	MUST(tr_stop_asked());
	tr_stop_allow(0);
	signal(SIGINT, SIG_DFL);
	raise(SIGINT); /* would end us if it were let in */
}

static void child_timeouts_and_descriptors(void)
{
	int64_t begun_ns = tr_mono_ns();
	struct pollfd fd = {.events = POLLIN};
	int fds[2];

	tr_stop_install();
	MUST(tr_stop_poll(NULL, 0, 50 * TR_NS_PER_MS) == 0);
	MUST(ms_since(begun_ns) >= 49 && ms_since(begun_ns) < 2000);
	begun_ns = tr_mono_ns();
	MUST(tr_stop_poll(NULL, 0, TR_NS_PER_S + 50 * TR_NS_PER_MS) == 0);
	MUST(ms_since(begun_ns) >= 1049);
	MUST(pipe(fds) == 0);
	fd.fd = fds[0];
	MUST(tr_stop_poll(&fd, 1, 0) == 0);
	MUST(write(fds[1], "x", 1) == 1);
	MUST(tr_stop_poll(&fd, 1, -1) == 1 && fd.revents == POLLIN);
}

static void child_a_pipe_that_nobody_reads(void)
{
	int fds[2];

	tr_stop_install();
	MUST(pipe(fds) == 0 && close(fds[0]) == 0);
	MUST(write(fds[1], "x", 1) == -1 && errno == EPIPE);
}

/* A child of ours starts with the signals blocked and the question unanswered. */
static void child_forked_later(void)
{
	int status;
	pid_t pid;

	tr_stop_install();
	pid = fork();
	if (pid == 0) {
		raise(SIGTERM);
		MUST(!tr_stop_asked());
		MUST(tr_stop_poll(NULL, 0, -1) == -1 && tr_stop_asked());
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	MUST(!tr_stop_asked());
}

#define child_test(name)                                                                       \
	static void name(void **state)                                                         \
	{                                                                                      \
		(void)state;                                                                   \
		in_a_child(child_##name);                                                      \
	}

child_test(blocked_until_asked) child_test(sigint_too) child_test(a_wait_ends)
    child_test(allow_and_block) child_test(timeouts_and_descriptors)
	child_test(a_pipe_that_nobody_reads) child_test(forked_later)

	    int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocked_until_asked),
	    cmocka_unit_test(sigint_too),
	    cmocka_unit_test(a_wait_ends),
	    cmocka_unit_test(allow_and_block),
	    cmocka_unit_test(timeouts_and_descriptors),
	    cmocka_unit_test(a_pipe_that_nobody_reads),
	    cmocka_unit_test(forked_later),
	};

	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
