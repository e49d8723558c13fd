/* test_progress_tools.c: the progress of tools, and where a percentage may fall.
 *
 * - What the tools print as a whole is in test_progress_fixtures.c; here are the rules, one by
 * one.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "items_rows.h"

static void osc(void **state)
{
	static const struct items_row rows[] = {
	    OUT("\x1b]9;4;1;45\x07", "progress 45\n"),
	    OUT("\x1b]9;4;1;45\x1b\\\x1b]9;4;0\x1b\\", "progress 45\nprogress ?\n"),
	    OUT("a\x1b]9;4;2;50\x07"
		"b\x1b]9;4;4;60;label\x07"
		"c\n",
		"progress 50\nprogress 60\ninfo abc\n"),
	    OUT("\x1b]9;4;1;50\x07\x1b]9;4;3\x07\x1b]9;4;1;40\x07",
		"progress 50\nprogress ?\nprogress 40\n"),
	    OUT("\x1b]9;4;1;50\x07\x1b]9;4;1;40\x07\x1b]9;4;2\x07\x1b]9;4;1;250\x07",
		"progress 50\nprogress 100\n"),
	    OUT("\x1b]9;4;9;5\x07\x1b]9;4;\x07x\n", "info x\n"),
	    OUT("\x1b]9;4;1;50\n", "info \x1b]9;4;1;50\n"),
	    OUT("\x1b]9;4;1;5\x1b]9;4;1;60\x07x\n", "progress 60\ninfo \x1b]9;4;1;5x\n"),
	    OUT("\x1b]0;title\x07x\x1b[1my\x1b\n", "info \x1b]0;title\x07x\x1b[1my\x1b\n"),
	    OUT("\x1b]9;4;1;50", "info \x1b]9;4;1;50\n"),
	    OUT("\x1b", "info \x1b\n"),
	    OUT("a\r\x1b]9;4;1;50\x07\nb\n", "progress 50\ninfo a\ninfo b\n"),
	    OUT("\r10%\r\x1b]9;4;1;50\x07\r20%\r30%\x1b]9;4;0\x07\r40%\n",
		"progress 10\nprogress 50\nprogress ?\nprogress 30\nprogress 40\ninfo 40%\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void drawings(void **state)
{
	static const struct items_row rows[] = {
	    OUT("\x1b\x37\x1b[24;0fProgress: [ 11%]\x1b\x38Unpacking\r\n",
		"progress 11\ninfo Unpacking\n"),
	    OUT("\x1b\x37\x1b[0;23r\x1b\x38\x1b[1Ax\n", "info \x1b[1Ax\n"),
	    OUT("\x1b\x37x\x1b\x38\n", "info \x1b\x37x\x1b\x38\n"),
	    OUT("\x1b\x37\x1b[24;0fx\ny\n", "info \x1b\x37\x1b[24;0fx\ninfo y\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void rewritten_lines(void **state)
{
	static const struct items_row rows[] = {
	    OUT("10%\r20%\r\n", "progress 10\nprogress 20\ninfo 20%\n"),
	    OUT("\r 45.5% done\n", "progress 45.5\ninfo  45.5% done\n"),
	    OUT("\r45,5%\r\x1b[32m[50%]\x1b[0m\n",
		"progress 45.5\nprogress 50\ninfo \x1b[32m[50%]\x1b[0m\n"),
	    OUT("\rdisk 7%, 20%\r101% 8%\n", "progress 7\nprogress 8\ninfo 101% 8%\n"),
	    OUT("\ra5% 1/5% -5% +5% 1.2.5% $5% x_5%\n",
		"info a5% 1/5% -5% +5% 1.2.5% $5% x_5%\n"),
	    OUT("\r....5%\n", "progress 5\ninfo ....5%\n"),
	    ERR("\r5%\nx\n", "progress 5\ninfo 5%\nerror x\n"),
	    ERR("\rworking\rError: no\n", "error Error: no\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void a_slow_bar_is_read_by_a_flush(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	items_feed(&got, TR_FROM_STDOUT, "10%\r");
	assert_null(got.text.data);
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	assert_string_equal(got.text.data, "progress 10\n");
	items_feed(&got, TR_FROM_STDOUT, "20%");
	assert_string_equal(got.text.data, "progress 10\nprogress 20\n");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	assert_string_equal(items_close(&got), "progress 10\nprogress 20\ninfo 20%\n");
	items_free(&got);
}

static void a_percentage_never_falls_within_a_phase(void **state)
{
	static const struct items_row rows[] = {
	    OUT("\r50%\r40%\r60%\r100%\r1%\n",
		"progress 50\nprogress 60\nprogress 100\ninfo 1%\n"),
	    OUT("\r50%\n\r10%\n", "progress 50\ninfo 50%\nprogress 10\ninfo 10%\n"),
	    OUT("5%\n3%\n7%\n", "progress 5\ninfo 5%\ninfo 3%\nprogress 7\ninfo 7%\n"),
	    OUT("99%\n100%\n1%\n",
		"progress 99\ninfo 99%\nprogress 100\ninfo 100%\nprogress 1\ninfo 1%\n"),
	    OUT("50%\n0%\n1%\n",
		"progress 50\ninfo 50%\nprogress 0\ninfo 0%\nprogress 1\ninfo 1%\n"),
	    OUT("40%\n50%\n::group::A\n10%\n",
		"progress 40\ninfo 40%\nprogress 50\ninfo 50%\ngroup A\nprogress 10\n"
		"info 10%\ngroup-end A\n"),
	    OUT("50%\nSTATUS=a\n10%\nSTATUS=a\n5%\n",
		"progress 50\ninfo 50%\nprogress 50 a\ninfo STATUS=a\nprogress 10 a\ninfo 10%\n"
		"info STATUS=a\ninfo 5%\n"),
	    OUT("##vso[task.setprogress value=50]a\n##vso[task.setprogress value=20]a\n"
		"##vso[task.setprogress value=30]b\n",
		"progress 50 a\nprogress 30 b\n"),
	    OUT("pmstatus:a:50.0:x\n0K .......... 10% 1M 0s\npmstatus:a:20.0:x\n",
		"progress 50 x\nprogress 10 x\ninfo 0K .......... 10% 1M 0s\nprogress 20 x\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void a_section_ends_what_a_tool_told_but_not_a_script(void **state)
{
	static const struct items_row rows[] = {
	    OUT("\r50%\n::group::A\nx\n\r20%\n::endgroup::\n",
		"progress 50\ninfo 50%\ngroup A\nprogress ?\ninfo x\nprogress 20\ninfo 20%\n"
		"group-end A\nprogress ?\n"),
	    OUT("\r50%\n::group::A\n\r70%\n",
		"progress 50\ninfo 50%\ngroup A\nprogress ?\nprogress 70\ninfo 70%\n"
		"group-end A\n"),
	    OUT("40%\n50%\n::group::A\n\r20%\nx\n::endgroup::\n60%\n",
		"progress 40\ninfo 40%\nprogress 50\ninfo 50%\ngroup A\ninfo 20%\ninfo x\n"
		"group-end A\nprogress 60\ninfo 60%\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void one_percentage_alone_may_be_a_result(void **state)
{
	static const struct items_row rows[] = {
	    OUT("91%\n\r20%\n\r30%\n50%\n",
		"progress 91\ninfo 91%\nprogress 20\ninfo 20%\nprogress 30\ninfo 30%\n"
		"progress 50\ninfo 50%\n"),
	    OUT("10%\n\r50%\n20%\n\r90%\n30%\n",
		"progress 10\ninfo 10%\nprogress 50\ninfo 50%\nprogress 20\ninfo 20%\n"
		"info 90%\nprogress 30\ninfo 30%\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void rsync_of_each_file_is_no_total(void **state)
{
	static const struct items_row rows[] = {
	    /* --info=progress, which names nothing: the first file is taken for all */
	    OUT("\r  32,768  8%  1kB/s  0:00:00\r  400,000 100%  1kB/s  0:00:00 (xfr#1, "
		"to-chk=4/6)\n\r  32,768  4%  1kB/s  0:00:02\r  800,000 100%  2kB/s  0:00:00 "
		"(xfr#2, to-chk=0/6)\n",
		"progress 8\nprogress 100\nprogress ?\n"
		"info   400,000 100%  1kB/s  0:00:00 (xfr#1, to-chk=4/6)\n"
		"info   800,000 100%  2kB/s  0:00:00 (xfr#2, to-chk=0/6)\n"),
	    /* the next rsync is another one */
	    OUT("sending incremental file list\nf\n\r  5  9%  1kB/s  0:00:00\r  9 100%  1kB/s  "
		"0:00:00 (xfr#1, to-chk=0/1)\n\r  5  7%  1kB/s  0:00:00\n",
		"info sending incremental file list\ninfo f\n"
		"info   9 100%  1kB/s  0:00:00 (xfr#1, to-chk=0/1)\n"
		"progress 7\ninfo   5  7%  1kB/s  0:00:00\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void dpkg_s_bar_is_part_of_what_apt_tells(void **state)
{
	static const struct items_row rows[] = {
	    OUT("pmstatus:a:20.5:Unpacking a\n(Reading database ... 5%\r(Reading database ... "
		"100%\r(Reading database ... 9 files)\npmstatus:a:30:x\n",
		"progress 20.5 Unpacking a\ninfo (Reading database ... 9 files)\nprogress 30 "
		"x\n"),
	    OUT("(Reading database ... 5%\r(Reading database ... 9 files)\n",
		"progress 5\ninfo (Reading database ... 9 files)\n"),
	    OUT("pmerror:a:20.5:subprocess failed\npmstatus:x\npmconffile:a:1:b\n",
		"error a:20.5:subprocess failed\ninfo pmstatus:x\ninfo pmconffile:a:1:b\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void json(void **state)
{
	static const struct items_row rows[] = {
	    OUT("{\"progress\":0.5}\n{ \"progress\": 1 }\n", "progress 50\nprogress 100\n"),
	    OUT("{\"progress\":1.5}\n{\"progress\":-1}\n{\"progress\":\"1\"}\n{\"progress\":\n",
		"info {\"progress\":1.5}\ninfo {\"progress\":-1}\ninfo {\"progress\":\"1\"}\n"
		"info {\"progress\":\n"),
	    OUT("{\"progress\":0.5,\"a\":1}\n", "info {\"progress\":0.5,\"a\":1}\n"),
	    OUT("{\"message_type\":\"status\",\"percent_done\":0.5}\n", "progress 50\n"),
	    OUT("{\"message_type\":\"status\"}\n", "info {\"message_type\":\"status\"}\n"),
	    OUT("{\"message_type\":\"summary\",\"percent_done\":0.5,\"x\":\"status\"}\n",
		"info {\"message_type\":\"summary\",\"percent_done\":0.5,\"x\":\"status\"}\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void ffmpeg(void **state)
{
	static const struct items_row rows[] = {
	    OUT("frame=1\nfps=2\nout_time=00:01:02.500000\nprogress=continue\nx\n",
		"progress ? 00:01:02\ninfo x\n"),
	    OUT("Input #0, mov, from 'a':\n  Duration: 00:00:10.00, start: 0\n"
		"bitrate=1\nout_time=00:00:05.000000\nprogress=continue\n"
		"bitrate=1\nout_time=00:00:09.000000\nprogress=end\n",
		"info Input #0, mov, from 'a':\ninfo   Duration: 00:00:10.00, start: 0\n"
		"progress 50\nprogress 100\n"),
	    OUT("Input #0, mov, from 'a':\n  Duration: 00:00:10.00, start: 0\n"
		"Input #1, mov, from 'b':\n  Duration: 00:00:20.00, start: 0\n"
		"bitrate=1\nout_time=00:00:05.000000\nprogress=continue\n",
		"info Input #0, mov, from 'a':\ninfo   Duration: 00:00:10.00, start: 0\n"
		"info Input #1, mov, from 'b':\ninfo   Duration: 00:00:20.00, start: 0\n"
		"progress ? 00:00:05\n"),
	    /* no block after all */
	    OUT("frame=1\nfps=2\nx\n", "info frame=1\ninfo fps=2\ninfo x\n"),
	    OUT("frame=1\nframe=2\nout_time=1\n",
		"info frame=1\ninfo frame=2\ninfo out_time=1\n"),
	    OUT("frame=1\nprogress=continue\n", "info frame=1\ninfo progress=continue\n"),
	    OUT("speed=1\nprogress=50\n", "info speed=1\ninfo progress=50\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void gauge(void **state)
{
	static const struct items_row rows[] = {
	    OUT("10\n 20 \n101\n-1\n30%\n", "progress 10\nprogress 20\ninfo 101\ninfo -1\n"
					    "progress 30\ninfo 30%\n"),
	    OUT("XXX\n50\na\nb\nXXX\nXXX\nc\nXXX\nXXX\n60\nd\n",
		"progress 50 a b\nprogress 50 c\n"),
	    ERR("10\n", "error 10\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_GAUGE, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(osc),
	    cmocka_unit_test(drawings),
	    cmocka_unit_test(rewritten_lines),
	    cmocka_unit_test(a_slow_bar_is_read_by_a_flush),
	    cmocka_unit_test(a_percentage_never_falls_within_a_phase),
	    cmocka_unit_test(a_section_ends_what_a_tool_told_but_not_a_script),
	    cmocka_unit_test(one_percentage_alone_may_be_a_result),
	    cmocka_unit_test(rsync_of_each_file_is_no_total),
	    cmocka_unit_test(dpkg_s_bar_is_part_of_what_apt_tells),
	    cmocka_unit_test(json),
	    cmocka_unit_test(ffmpeg),
	    cmocka_unit_test(gauge),
	};

	return cmocka_run_group_tests_name("progress_tools", tests, NULL, NULL);
}
