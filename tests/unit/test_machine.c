/* test_machine.c: what limits of the system come to for a number of streams.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "doctor/machine.h"

static const struct tr_machine ample = {.inotify_instances = 128,
    .inotify_watches = 65536,
    .descriptors = 1024,
    .processes = 32768,
    .processes_by = "kernel.pid_max",
    .seccomp = true,
    .landlock_abi = 7};

static struct tr_findings findings;

static int end(void **state)
{
	(void)state;
	tr_findings_free(&findings);
	return 0;
}

/* The grade of the finding of that name. */
static enum tr_grade level_of(
    const char *name, const struct tr_machine *machine, int64_t max_streams, bool pool)
{
	tr_findings_free(&findings);
	tr_machine_judge(&findings, machine, max_streams, pool);
	assert_int_equal(findings.err, TR_OK);
	for (size_t i = 0; i < findings.count; i++) {
		assert_true(findings.all[i].grade == TR_FINE || findings.all[i].cure);
		if (strcmp(findings.all[i].name, name) == 0)
			return findings.all[i].grade;
	}
	fail();
	return TR_GRADES;
}

static void what_there_is_by_default_will_do(void **state)
{
	(void)state;
	assert_int_equal(level_of("inotify", &ample, 256, true), TR_FINE);
	assert_int_equal(tr_findings_count(&findings, TR_FINE), 4);
}

static void descriptors(void **state)
{
	(void)state;
	assert_int_equal(level_of("descriptors", &ample, 341, true), TR_FINE);
	assert_int_equal(level_of("descriptors", &ample, 342, true), TR_NOTE);
}

static void inotify(void **state)
{
	struct tr_machine machine = ample;

	(void)state;
	assert_int_equal(level_of("inotify", &ample, 128, false), TR_FINE);
	assert_int_equal(level_of("inotify", &ample, 129, false), TR_NOTE);
	assert_int_equal(level_of("inotify", &ample, 129, true), TR_FINE);
	machine.inotify_error = EMFILE;
	assert_int_equal(level_of("inotify", &machine, 1, true), TR_NOTE);
	assert_non_null(strstr(findings.all[0].what, strerror(EMFILE)));
}

static void processes(void **state)
{
	struct tr_machine machine = ample;

	(void)state;
	machine.processes = 288;
	assert_int_equal(level_of("processes", &machine, 256, true), TR_FINE);
	machine.processes = 287;
	assert_int_equal(level_of("processes", &machine, 256, true), TR_NOTE);
}

static void sandbox(void **state)
{
	struct tr_machine machine = ample;

	(void)state;
	assert_int_equal(level_of("sandbox", &ample, 1, true), TR_FINE);
	machine.landlock_abi = 0;
	assert_int_equal(level_of("sandbox", &machine, 1, true), TR_NOTE);
	machine.seccomp = false;
	assert_int_equal(level_of("sandbox", &machine, 1, true), TR_NOTE);
}

static void measured_here(void **state)
{
	struct rlimit limit, before;
	struct tr_machine machine;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 77;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	tr_machine_measure(&machine);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(machine.descriptors, 77);
	assert_true(machine.inotify_instances > 0);
	assert_non_null(machine.processes_by);
	assert_true(machine.processes > 0 && machine.processes < TR_NO_LIMIT);
}

#define TEST(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_there_is_by_default_will_do),
	    TEST(descriptors),
	    TEST(inotify),
	    TEST(processes),
	    TEST(sandbox),
	    TEST(measured_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
