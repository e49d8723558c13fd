/* test_progress_ci.c: the markup of build servers, that scripts print.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "items_rows.h"

static void github(void **state)
{
	static const struct items_row rows[] = {
	    OUT("::group::Install\na\n::endgroup::\nb\n",
		"group Install\ninfo a\ngroup-end Install\ninfo b\n"),
	    OUT("::group::A\na\n::group::B\nb\n::endgroup::\n::endgroup::\n",
		"group A\ninfo a\ngroup-end A\ngroup B\ninfo b\ngroup-end B\n"),
	    OUT("::group::A\na\n", "group A\ninfo a\ngroup-end A\n"),
	    OUT("::group::\n", "group \ngroup-end \n"),
	    OUT("::endgroup::\n", ""),
	    OUT("::error::no\n::warning::w\n::notice::n\n::debug::d\n",
		"error no\nwarn w\ninfo n\ndebug d\n"),
	    OUT("::error file=a.js,line=10,col=5,endLine=11,title=Lint%3A x::bad\n",
		"error a.js:10:5: Lint: x: bad\n"),
	    OUT("::error line=3, file=a%2Cb.c::bad\n", "error a,b.c:3: bad\n"),
	    OUT("::error title=T::bad\n", "error T: bad\n"),
	    OUT("::error file=::bad\n", "error bad\n"),
	    OUT("::warning::100%25 full%0D%0Asecond%0athird\n",
		"warn 100% full\nwarn second\nwarn third\n"),
	    OUT("  ::error::indented\n", "error indented\n"),
	    OUT("\x1b[31m::error::red\x1b[0m\n", "error red\n"),
	    OUT("::Error::case\n", "error case\n"),
	    OUT("::set-output name=x::y\n", "info ::set-output name=x::y\n"),
	    OUT("::errors::x\n", "info ::errors::x\n"),
	    OUT("::error\n", "info ::error\n"),
	    OUT("::error x\n", "info ::error x\n"),
	    OUT("see ::error::x\n", "info see ::error::x\n"),
	    OUT("std::string::npos\n", "info std::string::npos\n"),
	    OUT("::\n::::\n", "info ::\ninfo ::::\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void github_stops(void **state)
{
	static const struct items_row rows[] = {
	    OUT("::stop-commands::tok\n::error::x\n##[error]y\n::tok::\n::error::z\n",
		"info ::error::x\ninfo ##[error]y\nerror z\n"),
	    OUT("::stop-commands::tok\n::toks::\n::tok\n  ::tok::\n::notice::z\n",
		"info ::toks::\ninfo ::tok\ninfo z\n"),
	    OUT("::stop-commands::\n::error::x\n", "info ::stop-commands::\nerror x\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void azure(void **state)
{
	static const struct items_row rows[] = {
	    OUT("##vso[task.setprogress value=75;]Upload\n", "progress 75 Upload\n"),
	    OUT("##vso[task.setprogress value=50]\n##vso[task.setprogress value=51;]x%0Ay\n",
		"progress 50\nprogress 51 x\ny\n"),
	    OUT("##vso[task.setprogress value=50;]a\n##vso[task.setprogress value=60;]\n",
		"progress 50 a\nprogress 60 a\n"),
	    OUT("##vso[task.setprogress value=101;]a\n", ""),
	    OUT("##vso[task.setprogress value=x;]a\n",
		"info ##vso[task.setprogress value=x;]a\n"),
	    OUT("##vso[task.setprogress current=5;]a\n",
		"info ##vso[task.setprogress current=5;]a\n"),
	    OUT("##vso[task.setprogress value=5\n", "info ##vso[task.setprogress value=5\n"),
	    OUT("##vso[task.logissue type=warning;sourcepath=a]w\n"
		"##vso[task.logissue type=error]e%3Bf\n",
		"warn w\nerror e;f\n"),
	    OUT("##vso[task.complete result=Succeeded;]DONE\n",
		"info ##vso[task.complete result=Succeeded;]DONE\n"),
	    OUT("##[group]A\na\n##[endgroup]\n", "group A\ninfo a\ngroup-end A\n"),
	    OUT("##[section]Starting\n##[error]e\n##[warning]w\n##[debug]d\n##[command]c\n",
		"info Starting\nerror e\nwarn w\ndebug d\ninfo c\n"),
	    OUT("##[other]x\n## [error]y\n", "info ##[other]x\ninfo ## [error]y\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void teamcity(void **state)
{
	static const struct items_row rows[] = {
	    OUT("##teamcity[progressMessage 'Building |'x|' |[1|]']\n",
		"progress ? Building 'x' [1]\ninfo Building 'x' [1]\n"),
	    OUT("##teamcity[progressStart 'A']\na\n##teamcity[progressFinish 'A']\n",
		"progress ? A\ninfo A\ninfo a\nprogress ?\n"),
	    OUT("##teamcity[blockOpened name='A' description='d']\n"
		"##teamcity[blockOpened name='B']\nb\n"
		"##teamcity[blockClosed name='B']\n##teamcity[blockClosed name='A']\n",
		"group A\ngroup B\ninfo b\ngroup-end B\ngroup-end A\n"),
	    OUT("##teamcity[blockOpened name='A']\n##teamcity[blockOpened name='B']\n"
		"##teamcity[blockClosed name='A']\n##teamcity[blockClosed name='B']\n",
		"group A\ngroup B\ngroup-end B\ngroup-end A\n"),
	    OUT("##teamcity[message text='t' status='WARNING']\n"
		"##teamcity[message status='ERROR' text='a|nb' errorDetails='c|rd']\n"
		"##teamcity[message text='n']\n",
		"warn t\nerror a\nerror b\nerror c\rd\ninfo n\n"),
	    OUT("##teamcity[message text='|0x00e4|0x20AC|0x41|0xD83D|x||']\n",
		"info \xc3\xa4\xe2\x82\xac|0x41\xef\xbf\xbd|x|\n"),
	    OUT("##teamcity[buildProblem description='bad' identity='i']\n", "error bad\n"),
	    OUT("##teamcity[testStarted name='t']\n",
		"info ##teamcity[testStarted name='t']\n"),
	    OUT("##teamcity[blockOpened name='A\n", "info ##teamcity[blockOpened name='A\n"),
	    OUT("##teamcity[blockOpened]\n", "info ##teamcity[blockOpened]\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void gitlab(void **state)
{
	static const struct items_row rows[] = {
	    OUT("\x1b[0Ksection_start:1560896352:prepare\r\x1b[0KPreparing\na\n"
		"\x1b[0Ksection_end:1560896353:prepare\r\x1b[0K\nb\n",
		"group Preparing\ninfo a\ngroup-end Preparing\ninfo b\n"),
	    OUT("section_start:1:a[collapsed=true]\r\x1b[0K\x1b[32;1mTitle\x1b[0m\n",
		"group Title\ngroup-end Title\n"),
	    OUT("section_start:1:a\r\x1b[0KA\nsection_start:2:b\r\x1b[0KB\nb\n"
		"section_end:3:b\r\x1b[0Ksection_end:4:a\r\x1b[0Kc\n",
		"group A\ngroup B\ninfo b\ngroup-end B\ngroup-end A\ninfo \x1b[0Kc\n"),
	    OUT("section_end:1:a\r\x1b[0Ksection_start:2:b\r\x1b[0KB\n",
		"group B\ngroup-end B\n"),
	    OUT("section_start:1:a\r\x1b[0K\nb\n", "group a\ninfo b\ngroup-end a\n"),
	    OUT("section_start:1:a\r", "info section_start:1:a\n"),
	    OUT("section_start:1:a\n", "info section_start:1:a\n"),
	    OUT("section_start:x:a\rA\n", "info A\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void buildkite(void **state)
{
	static const struct items_row rows[] = {
	    OUT("--- :docker: Build\na\n+++ Test\nb\n~~~ Clean up\n",
		"group :docker: Build\ninfo a\ngroup-end :docker: Build\ngroup Test\ninfo b\n"
		"group-end Test\ngroup Clean up\ngroup-end Clean up\n"),
	    OUT("--- \xf0\x9f\x9a\x80 Deploy\n",
		"group \xf0\x9f\x9a\x80 Deploy\ngroup-end \xf0\x9f\x9a\x80 Deploy\n"),
	    OUT("--- a/src/x.c\n+++ b/src/x.c\n", "info --- a/src/x.c\ninfo +++ b/src/x.c\n"),
	    OUT("--- old name\t2026-11-21\n", "info --- old name\t2026-11-21\n"),
	    OUT("--- /dev/null\n", "info --- /dev/null\n"),
	    OUT("diff --git Makefile Makefile\nindex 1..2 100644\n--- Makefile\n+++ Makefile\n"
		"@@ -1,2 +1,3 @@ all:\n a\n--- old\n+++ new\n++b\n--- Next\n",
		"info diff --git Makefile Makefile\ninfo index 1..2 100644\ninfo --- Makefile\n"
		"info +++ Makefile\ninfo @@ -1,2 +1,3 @@ all:\ninfo  a\ninfo --- old\n"
		"info +++ new\ninfo ++b\ngroup Next\ngroup-end Next\n"),
	    OUT("@@ -1 +1 @@\n--- old\n+++ new\n\\ No newline at end of file\n--- Next\n",
		"info @@ -1 +1 @@\ninfo --- old\ninfo +++ new\n"
		"info \\ No newline at end of file\ngroup Next\ngroup-end Next\n"),
	    OUT("@@ -1,9 +1,9 @@\nend\n--- Next\n",
		"info @@ -1,9 +1,9 @@\ninfo end\ngroup Next\ngroup-end Next\n"),
	    OUT("--- Expected\n+++ Actual\n@@ @@\n-'a'\n+'b'\n--- Next\n",
		"info --- Expected\ninfo +++ Actual\ninfo @@ @@\ninfo -'a'\ninfo +'b'\n"
		"group Next\ngroup-end Next\n"),
	    OUT("\x1b[1m--- A b\x1b[m\n\x1b[1m+++ B c\x1b[m\n",
		"info \x1b[1m--- A b\x1b[m\ninfo \x1b[1m+++ B c\x1b[m\n"),
	    OUT("--- A\n--- B\n::group::C\n",
		"group A\ngroup-end A\ngroup B\ngroup C\ngroup-end C\ngroup-end B\n"),
	    OUT("--- A\n\x1b]9;4;1;50\x07--- B\n\r5%\n",
		"group A\nprogress 50\ngroup-end A\ngroup B\nprogress ?\nprogress 5\n"
		"info 5%\ngroup-end B\n"),
	    OUT("--- FAIL: TestX (0.00s)\n", "info --- FAIL: TestX (0.00s)\n"),
	    OUT("--- Results ---\n", "info --- Results ---\n"),
	    OUT("---\n--- \n---x\n ---  y\n----- x\n",
		"info ---\ninfo --- \ninfo ---x\ninfo  ---  y\ninfo ----- x\n"),
	    OUT("--- 1 file changed\n", "info --- 1 file changed\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void what_is_kept_back_is_settled_by_a_flush(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	items_feed(&got, TR_FROM_STDOUT, "--- A\n");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	assert_string_equal(got.text.data, "group A\n");
	items_feed(&got, TR_FROM_STDOUT, "frame=1\n");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	assert_string_equal(got.text.data, "group A\ninfo frame=1\n");
	items_feed(&got, TR_FROM_STDOUT, "\x1b[1m::err");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "or::x\n");
	assert_string_equal(items_close(&got), "group A\ninfo frame=1\nerror x\ngroup-end A\n");
	items_free(&got);
}

static void sections_of_all_kinds_nest(void **state)
{
	static const struct items_row rows[] = {
	    OUT("--- H\n##teamcity[blockOpened name='B']\n::group::G\n"
		"##teamcity[blockClosed name='B']\nx\n::endgroup::\n",
		"group H\ngroup B\ngroup G\ngroup-end G\ngroup-end B\ninfo x\ngroup-end H\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void too_deep_is_a_line(void **state)
{
	struct items got;
	struct tr_buf want = {0};

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	for (int i = 0; i < 33; i++) {
		char line[64];

		snprintf(line, sizeof(line), "##teamcity[blockOpened name='%d']\n", i);
		items_feed(&got, TR_FROM_STDOUT, line);
		tr_buf_addf(&want, "%s %d\n", i < 32 ? "group" : "info", i);
	}
	for (int i = 31; i >= 0; i--)
		tr_buf_addf(&want, "group-end %d\n", i);
	assert_string_equal(items_close(&got), want.data);
	tr_buf_free(&want);
	items_free(&got);
}

static void without_progress_all_are_lines(void **state)
{
	static const struct items_row rows[] = {
	    OUT("::group::A\n##[error]x\n", "info ::group::A\ninfo ##[error]x\n"),
	    OUT("--- A\n##teamcity[progressMessage 'x']\n",
		"info --- A\ninfo ##teamcity[progressMessage 'x']\n"),
	    OUT("section_start:1:a\r\x1b[0KA\n", "info \x1b[0KA\n"),
	    OUT("\x1b]9;4;1;50\x07x\n", "info \x1b]9;4;1;50\x07x\n"),
	    OUT("5%\n10%\r20%\n", "info 5%\ninfo 20%\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_NONE, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(github),
	    cmocka_unit_test(github_stops),
	    cmocka_unit_test(azure),
	    cmocka_unit_test(teamcity),
	    cmocka_unit_test(gitlab),
	    cmocka_unit_test(buildkite),
	    cmocka_unit_test(what_is_kept_back_is_settled_by_a_flush),
	    cmocka_unit_test(sections_of_all_kinds_nest),
	    cmocka_unit_test(too_deep_is_a_line),
	    cmocka_unit_test(without_progress_all_are_lines),
	};

	return cmocka_run_group_tests_name("progress_ci", tests, NULL, NULL);
}
