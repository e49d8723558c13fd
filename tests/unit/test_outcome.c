/* test_outcome.c: each way to end: the job's state, its error, and the runner's exit status.
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
#include <string.h>

#include "run/outcome.h"

#define EXITED(code) ((code) << 8) /* as waitpid() has it; W_EXITCODE is not in POSIX */

static const struct {
	struct tr_outcome outcome;
	int status;
	enum tr_end end;
	int exit_code, signal;
	const char *error;
} cases[] = {
    {{.status = EXITED(0)}, 0, TR_END_SUCCEEDED, 0, 0, ""},
    {{.status = EXITED(3)}, 3, TR_END_FAILED, 3, 0, "exit status 3"},
    {{.status = SIGKILL}, 137, TR_END_FAILED, 137, SIGKILL, "ended by signal 9 (Killed)"},
    {{.status = EXITED(127), .exec_errno = ENOENT}, 127, TR_END_FAILED, 127, 0,
	"the command cannot be run: No such file or directory"},
    {{.status = EXITED(126), .exec_errno = EACCES}, 126, TR_END_FAILED, 126, 0,
	"the command cannot be run: Permission denied"},
    {{.status = SIGTERM, .told = SIGTERM}, 143, TR_END_CANCELED, 143, SIGTERM,
	"stopped by signal 15 (Terminated)"},
    {{.status = EXITED(1), .told = SIGINT}, 1, TR_END_CANCELED, 1, 0, "stopped by signal 2 (Interrupt)"},
    /* it was told to stop, and ended well all the same */
    {{.status = EXITED(0), .told = SIGTERM}, 0, TR_END_SUCCEEDED, 0, 0, ""},
    /* SIGHUP may have meant "read your files again" */
    {{.status = EXITED(1), .told = SIGHUP}, 1, TR_END_FAILED, 1, 0, "exit status 1"},
    {{.status = SIGHUP, .told = SIGHUP}, 129, TR_END_CANCELED, 129, SIGHUP,
	"stopped by signal 1 (Hangup)"},
    {{.status = SIGTERM, .timeout_s = 5}, 143, TR_END_FAILED, 143, SIGTERM,
	"it ran longer than the 5 s that --job-timeout allows, and was ended"},
    {{.status = EXITED(0), .timeout_s = 5}, 124, TR_END_FAILED, 0, 0,
	"it ran longer than the 5 s that --job-timeout allows, and was ended"},
};

static void each_way_to_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tr_spool_end end;

		tr_outcome_end(&cases[i].outcome, &end);
		assert_int_equal(tr_outcome_status(&cases[i].outcome), cases[i].status);
		assert_int_equal(end.end, cases[i].end);
		assert_int_equal(end.exit_code, cases[i].exit_code);
		assert_int_equal(end.signal, cases[i].signal);
		assert_string_equal(end.error, cases[i].error);
		assert_true(end.at_ms > 1700000000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_way_to_end),
	};

	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
