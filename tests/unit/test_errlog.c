/* test_errlog.c: a line of the error log is one line, whatever is in it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/errlog.h"

/* Standard error is this pipe while a test runs, and `saved` where it was. */
static int pipe_fds[2], saved;

static int redirect(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	return saved < 0 || pipe2(pipe_fds, O_NONBLOCK) ||
	       dup2(pipe_fds[1], STDERR_FILENO) < 0 || close(pipe_fds[1]);
}

static int restore(void **state)
{
	(void)state;
	return dup2(saved, STDERR_FILENO) < 0 || close(saved) || close(pipe_fds[0]);
}

/* Fails unless exactly this came, in one piece. */
static void came(const char *want, size_t len)
{
	char got[4096];

	assert_int_equal(read(pipe_fds[0], got, sizeof(got)), len);
	assert_memory_equal(got, want, len);
}

static void one_line(void **state)
{
	(void)state;
	tr_errlog("%s: %d", "jobs.db", 5);
	came("tailrow: jobs.db: 5\n", 20);
	tr_errlog("%s", "");
	came("tailrow: \n", 10);
}

/* A client's or a publisher's bytes must not forge a line, nor move a terminal's cursor. */
static void control_bytes(void **state)
{
	char bytes[256] = "", want[512] = "tailrow: ";
	size_t len = strlen(want);

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		bytes[byte - 1] = (char)byte;
		want[len++] = byte < 0x20 || byte == 0x7f ? '?' : (char)byte;
	}
	want[len++] = '\n';
	tr_errlog("%s", bytes);
	came(want, len);
	tr_errlog("a\nb\r\nc%c", 27);
	came("tailrow: a?b??c?\n", 17);
}

static void a_line_is_cut_after_1000_bytes(void **state)
{
	char text[2048], want[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	memset(want, 'x', sizeof(want));
	memcpy(want, "tailrow: ", 9);
	want[999] = '\n';
	text[990] = '\0';
	tr_errlog("%s", text);
	came(want, 1000);
	text[990] = 'x';
	text[2047] = '\0';
	tr_errlog("%s", text);
	came(want, 1000);
	text[989] = '\0';
	tr_errlog("%s", text);
	want[998] = '\n';
	came(want, 999);
}

static void a_closed_standard_error_is_no_crash(void **state)
{
	(void)state;
	close(STDERR_FILENO);
	tr_errlog("nobody reads this");
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
}

#define line_test(function) cmocka_unit_test_setup_teardown(function, redirect, restore)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    line_test(one_line),
	    line_test(control_bytes),
	    line_test(a_line_is_cut_after_1000_bytes),
	    line_test(a_closed_standard_error_is_no_crash),
	};

	return cmocka_run_group_tests_name("errlog", tests, NULL, NULL);
}
