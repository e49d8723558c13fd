/* test_group.c: who counts as living in a group, and who is kin.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/group.h"

/* A child that waits for a signal; in a group of its own where own is set. */
static pid_t start(int own)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	if (own)
		assert_int_equal(setpgid(pid, pid), 0);
	return pid;
}

static void wait_until_dead(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void a_zombie_does_not_live(void **state)
{
	pid_t pid = start(1);

	(void)state;
	assert_true(tr_group_lives(pid));
	kill(pid, SIGKILL);
	wait_until_dead(pid);
	assert_int_equal(kill(-pid, 0), 0); /* which does not see that */
	assert_false(tr_group_lives(pid));
	waitpid(pid, NULL, 0);
	assert_false(tr_group_lives(pid));
}

static void kin_is_of_the_group_and_below(void **state)
{
	pid_t child = start(0), other = start(1);

	(void)state;
	assert_int_equal(tr_group_kin(0), 1);
	assert_int_equal(tr_group_kin(SIGKILL), 1);
	wait_until_dead(child);
	assert_int_equal(tr_group_kin(0), 0);
	assert_true(tr_group_lives(other));
	kill(other, SIGKILL);
	waitpid(child, NULL, 0);
	waitpid(other, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_zombie_does_not_live),
	    cmocka_unit_test(kin_is_of_the_group_and_below),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
