/* test_finding.c: the order of findings, and how many there are of a kind.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "doctor/finding.h"

static void the_worst_come_first_and_then_the_areas(void **state)
{
	static const char *const expected[] = {
	    "worst", "second", "third", "note", "fine 1", "fine 2", "fine 3"};
	struct tr_findings findings = {0};

	(void)state;
	tr_find(&findings, TR_FINE, TR_DATABASE, "fine 1", "x");
	tr_find(&findings, TR_NOTE, TR_PATH, "note", "x");
	tr_find(&findings, TR_PROBLEM, TR_DATABASE, "second", "x");
	tr_find(&findings, TR_FINE, TR_DATABASE, "fine 2", "x");
	tr_find(&findings, TR_PROBLEM, TR_MACHINE, "third", "x");
	tr_find(&findings, TR_PROBLEM, TR_PATH, "worst", "x");
	tr_find(&findings, TR_FINE, TR_MACHINE, "fine 3", "x");
	tr_findings_sort(&findings);
	assert_int_equal(findings.count, 7);
	for (size_t i = 0; i < findings.count; i++)
		assert_string_equal(findings.all[i].name, expected[i]);
	assert_int_equal(tr_findings_count(&findings, TR_PROBLEM), 3);
	assert_int_equal(tr_findings_count(&findings, TR_NOTE), 1);
	assert_int_equal(tr_findings_count(&findings, TR_FINE), 3);
	tr_findings_free(&findings);
	assert_int_equal(findings.count, 0);
}

static void cure_and_lines_are_of_the_last(void **state)
{
	struct tr_findings findings = {0};

	(void)state;
	tr_find(&findings, TR_PROBLEM, TR_PATH, "a", "%s is %d", "it", 1);
	tr_find(&findings, TR_NOTE, TR_PATH, "b", "two");
	tr_find_cure(&findings, "do %s", "that");
	tr_find_lines(&findings, "line %d\nline %d", 1, 2);
	assert_int_equal(findings.err, TR_OK);
	assert_string_equal(findings.all[0].what, "it is 1");
	assert_null(findings.all[0].cure);
	assert_null(findings.all[0].lines);
	assert_string_equal(findings.all[1].cure, "do that");
	assert_string_equal(findings.all[1].lines, "line 1\nline 2");
	tr_findings_free(&findings);
}

static void each_level_and_area_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(tr_grade_word(TR_PROBLEM), "problem");
	assert_string_equal(tr_grade_word(TR_NOTE), "note");
	assert_string_equal(tr_grade_word(TR_FINE), "fine");
	assert_string_equal(tr_area_word(TR_PATH), "path");
	assert_string_equal(tr_area_word(TR_DATABASE), "database");
	assert_string_equal(tr_area_word(TR_MACHINE), "machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_worst_come_first_and_then_the_areas),
	    cmocka_unit_test(cure_and_lines_are_of_the_last),
	    cmocka_unit_test(each_level_and_area_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
