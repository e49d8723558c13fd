/* test_progress_level.c: levels that lines claim, and prose that claims nothing.
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

#include "inputs.h"
#include "items_rows.h"
#include "progress/level.h"

static void assert_level(const char *line, const char *want)
{
	struct edge edge = edge_make(strlen(line));
	const char *got;

	got = tr_claimed_level(edge_put(&edge, line, strlen(line)), strlen(line));
	if (!got != !want || (got && strcmp(got, want) != 0))
		print_error("%s: %s\n", line, got ? got : "none");
	assert_true(!got == !want && (!got || strcmp(got, want) == 0));
	edge_free(&edge);
}

static void claimed(void **state)
{
	static const struct {
		const char *level, *line;
	} rows[] = {
	    {"error", "error: no such file"},
	    {"error", "Error: no such file"},
	    {"error", "ERROR no such file"},
	    {"error", "ERROR"},
	    {"error", "ERROR\tx"},
	    {"error", "fatal: not a git repository"},
	    {"error", "panic: runtime error"},
	    {"error", "PHP Fatal error:  Uncaught Exception"},
	    {"error", "Fatal error: Uncaught Exception"},
	    {"error", "npm ERR! code ENOENT"},
	    {"error", "E: Unable to locate package"},
	    {"error", "[error] x"},
	    {"error", "[ERROR] x"},
	    {"error", "[ crit ] x"},
	    {"error", "2026/11/21 05:30:04 [error] 123#0: *1 open() failed"},
	    {"error", "2026-11-21 05:30:04,123 ERROR [main] x"},
	    {"error", "2026-11-21T05:30:04.123Z ERROR x"},
	    {"error", "[2026-11-21 05:30:04] [main] ERROR: x"},
	    {"error", "[    1.234567] error: x"},
	    {"error", "05:30:04 CRITICAL - x"},
	    {"error", "level=error msg=x"},
	    {"error", "time=\"2026-11-21T05:30:04Z\" level=fatal msg=x"},
	    {"error", "ts=2026-11-21T05:30:04Z level=\"error\""},
	    {"error", "<3>x"},
	    {"error", "<0>"},
	    {"warn", "<4>x"},
	    {"warn", "warning: x"},
	    {"warn", "WARN: x"},
	    {"warn", "WARNING:root:x"},
	    {"warn", "npm WARN deprecated x"},
	    {"warn", "W: x"},
	    {"warn", "PHP Warning:  x"},
	    {"info", "INFO x"},
	    {"info", "notice: x"},
	    {"info", "N: x"},
	    {"info", "<5>x"},
	    {"info", "<6>x"},
	    {"debug", "DEBUG x"},
	    {"debug", "[trace] x"},
	    {"debug", "<7>x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_level(rows[i].line, rows[i].level);
}

static void not_claimed(void **state)
{
	static const char *const lines[] = {
	    "",
	    " ",
	    "x",
	    "no error: all is well",
	    "Errors: 0",
	    "errors happen",
	    "Error reading file",
	    "error",
	    "Information about errors: none",
	    "warning signs",
	    "INFORMATION",
	    "ERRORS 5",
	    "ERRORx",
	    "E:",
	    "e: x",
	    "[errors] x",
	    "[error",
	    "[12] x",
	    "12 ERROR x",
	    "2026 ERROR x",
	    "level=5",
	    "level",
	    "<8>x",
	    "<3 you",
	    "<3",
	    "main.c:10:5: error: x", /* compilers' lines say where, too, and are left as they
					come */
	    "5% done",
	    "::",
	    ":",
	    "[",
	    "\"",
	    "[a] [b] [c] [d] [e] [f] ERROR x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_level(lines[i], NULL);
}

static void of_a_line(void **state)
{
	static const struct items_row rows[] = {
	    OUT("x\nerror: y\nDEBUG z\n", "info x\nerror error: y\ndebug DEBUG z\n"),
	    ERR("x\nwarning: y\nINFO z\n", "error x\nwarn warning: y\ninfo INFO z\n"),
	    OUT("<3>x\n<6>y\n<9>z\n", "error x\ninfo y\ninfo <9>z\n"),
	    OUT("\x1b[1;31mERROR\x1b[0m x\n", "error \x1b[1;31mERROR\x1b[0m x\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
	ASSERT_ROWS(TR_MARKUP_NONE, rows);
}

static void prose_is_no_progress(void **state)
{
	static const char *const lines[] = {
	    "disk 91% full",
	    "Copied 45% of the files",
	    "45% done",
	    "50 %",
	    "%",
	    "100",
	    "progress: 50%",
	    "[ 45%] Building C object main.c.o",
	    "{\"level\":\"info\",\"progress\":0.5}",
	    "50K 5%",
	    "0K ...",
	    "Use% 91%",
	    "  91%-",
	    "status 5",
	    "STATUS 5",
	    "dlstatus: 5",
	    "XXX",
	    "frame 5",
	    "section_start",
	    "diff --git a b",
	    "--",
	    "101%",
	    "-5%",
	};
	struct items got;
	struct tr_buf want = {0};

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		items_feed(&got, TR_FROM_STDOUT, lines[i]);
		items_feed(&got, TR_FROM_STDOUT, "\r\n");
		tr_buf_addf(&want, "info %s\n", lines[i]);
	}
	assert_string_equal(items_close(&got), want.data);
	tr_buf_free(&want);
	items_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(claimed),
	    cmocka_unit_test(not_claimed),
	    cmocka_unit_test(of_a_line),
	    cmocka_unit_test(prose_is_no_progress),
	};

	return cmocka_run_group_tests_name("progress_level", tests, NULL, NULL);
}
