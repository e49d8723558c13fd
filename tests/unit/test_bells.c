/* test_bells.c: a bell wakes each process that listens to it, and no other.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/bells.h"

#define CHILDREN 8
#define RINGS 200
#define LONG_MS 10000 /* a wait that fails, rather than hangs */

static struct tr_bells bells;

static struct tr_bell_set set_of(int first, int last)
{
	struct tr_bell_set set = {0};

	for (int bell = first; bell <= last; bell++)
		tr_bell_set_add(&set, bell);
	return set;
}

static void ring(int bell)
{
	struct tr_bell_set set = set_of(bell, bell);

	tr_bells_ring(&bells, &set);
}

static int listen_to(int first, int last)
{
	struct tr_bell_set set = set_of(first, last);
	int listener = tr_bells_listen(&bells, &set);

	assert_true(listener >= 0);
	return listener;
}

static int has_rung(int listener, int timeout_ms)
{
	struct pollfd fd = {.fd = listener, .events = POLLIN};

	return poll(&fd, 1, timeout_ms) > 0;
}

static void a_bell_wakes_who_listens_to_it_and_no_other(void **state)
{
	int one = listen_to(1, 1), two = listen_to(2, 2), both = listen_to(1, 2);

	(void)state;
	tr_bells_heard(one);
	tr_bells_heard(two);
	tr_bells_heard(both);
	assert_false(has_rung(both, 0));
	ring(1);
	assert_true(has_rung(one, 0));
	assert_false(has_rung(two, 0));
	assert_true(has_rung(both, 0));
	close(one);
	close(two);
	close(both);
}

static void what_was_heard_is_forgotten_and_the_next_ring_is_not(void **state)
{
	int listener = listen_to(3, 3);

	(void)state;
	for (int i = 0; i < 3; i++) {
		ring(3);
		ring(3);
		assert_true(has_rung(listener, 0));
		tr_bells_heard(listener);
		assert_false(has_rung(listener, 0));
	}
	close(listener);
}

static void many_bells_are_heard_at_once(void **state)
{
	struct tr_bell_set all = set_of(0, TR_BELLS - 1);
	int listener = listen_to(0, TR_BELLS - 1);

	(void)state;
	tr_bells_ring(&bells, &all);
	tr_bells_heard(listener);
	assert_false(has_rung(listener, 0));
	ring(TR_BELL_ALL);
	assert_true(has_rung(listener, 0));
	close(listener);
}

/* Waits for each of the rings, and answers each. Returns 0 where one did not come. */
static int hear_all(int answer_fd)
{
	int listener = listen_to(5, 5);

	tr_bells_heard(listener);
	for (int i = 0; i <= RINGS; i++) { /* the first answer says that it listens */
		if (i && !has_rung(listener, LONG_MS))
			return 0;
		tr_bells_heard(listener);
		if (write(answer_fd, "", 1) != 1)
			return 0;
	}
	return 1;
}

static void every_ring_wakes_every_process(void **state)
{
	char answers[CHILDREN];
	pid_t pids[CHILDREN];
	int pipe_fds[2], status;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(!hear_all(pipe_fds[1]));
	}
	close(pipe_fds[1]);
	for (int i = 0; i <= RINGS; i++) {
		for (int n = 0; n < CHILDREN;) {
			ssize_t got = read(pipe_fds[0], answers, sizeof(answers) - (size_t)n);

			assert_true(got > 0);
			n += (int)got;
		}
		if (i < RINGS)
			ring(5);
	}
	close(pipe_fds[0]);
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void a_limit_of_open_files_is_told(void **state)
{
	const struct rlimit low = {.rlim_cur = 400, .rlim_max = 400};
	struct tr_bells none;
	struct tr_why why = {0};
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		int next = dup(0);

		close(next);
		if (setrlimit(RLIMIT_NOFILE, &low) != 0 || tr_bells_make(&none, &why) != TR_SYS)
			_exit(1);
		if (dup(0) != next) /* what it had made is given back */
			_exit(2);
		_exit(!strstr(why.text, "512 open files"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int make_bells(void **state)
{
	(void)state;
	return tr_bells_make(&bells, NULL) != TR_OK;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bell_wakes_who_listens_to_it_and_no_other),
	    cmocka_unit_test(what_was_heard_is_forgotten_and_the_next_ring_is_not),
	    cmocka_unit_test(many_bells_are_heard_at_once),
	    cmocka_unit_test(every_ring_wakes_every_process),
	    cmocka_unit_test(a_limit_of_open_files_is_told),
	};

	return cmocka_run_group_tests_name("bells", tests, make_bells, NULL);
}
