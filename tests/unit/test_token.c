/* test_token.c: who has a token in the file, and which files are refused.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "scratch.h"
#include "web/token.h"

#define ONE "0123456789abcdef"
#define TWO "fedcba9876543210-and-more.~+/="

static void write_tokens(const char *text)
{
	write_file("tokens", text, strlen(text));
	assert_int_equal(chmod("tokens", 0640), 0);
}

static enum tr_err check(const char *authorization)
{
	struct tr_why why = {0};
	enum tr_err err = tr_token_check("tokens", authorization, &why);

	assert_int_equal(err == TR_OK || err == TR_DENIED, !*why.text);
	assert_null(strstr(why.text, ONE));
	return err;
}

/* Fails unless the file is refused with a sentence that has says in it. */
static void refused(const char *says)
{
	struct tr_why why = {0};
	enum tr_err err = tr_token_check("tokens", "Bearer " ONE, &why);

	if (err == TR_OK || err == TR_DENIED || !strstr(why.text, says))
		fail_msg("%d: %s", err, why.text);
	assert_null(strstr(why.text, ONE));
}

static void who_has_one(void **state)
{
	static const char *const wrong[] = {"", "Bearer", "Bearer ", "Bearer  " ONE, ONE,
	    "Basic " ONE, "BearerX" ONE, "Bearer " ONE "x", "Bearer " ONE " ",
	    "Bearer 0123456789abcde", "Bearer 0123456789abcdeF", "Bearer # a comment line",
	    "Bearer " ONE "\n" TWO, "Token " ONE, "Bearer fedcba9876543210"};

	(void)state;
	write_tokens("# a comment line\n" ONE "\n\n" TWO "\r\n");
	assert_int_equal(check("Bearer " ONE), TR_OK);
	assert_int_equal(check("Bearer " TWO), TR_OK);
	assert_int_equal(check("bearer " TWO), TR_OK);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (check(wrong[i]) != TR_DENIED)
			fail_msg("%s", wrong[i]);
}

static void a_file_without_an_end_or_without_any(void **state)
{
	(void)state;
	write_tokens(ONE);
	assert_int_equal(check("Bearer " ONE), TR_OK);
	write_tokens("");
	assert_int_equal(check("Bearer " ONE), TR_DENIED);
	write_tokens("\n\n#\n");
	assert_int_equal(check("Bearer " ONE), TR_DENIED);
}

static void the_longest_and_the_shortest(void **state)
{
	char file[300], header[300];

	(void)state;
	snprintf(file, sizeof(file), "%0*d\n", TR_TOKEN_MOST, 7);
	write_tokens(file);
	snprintf(header, sizeof(header), "Bearer %0*d", TR_TOKEN_MOST, 7);
	assert_int_equal(check(header), TR_OK);
	snprintf(header, sizeof(header), "Bearer %0*d", TR_TOKEN_MOST + 1, 7);
	assert_int_equal(check(header), TR_DENIED);
	snprintf(file, sizeof(file), "%0*d\n", TR_TOKEN_MOST + 1, 7);
	write_tokens(file);
	refused("line 1: a line has 16 to 255 visible characters");
	write_tokens("0123456789abcde\n");
	refused("line 1: a line has 16");
}

static void files_that_are_refused(void **state)
{
	static const int modes[] = {0641, 0642, 0644, 0604, 0777};

	(void)state;
	refused("tokens cannot be read: No such file");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		write_tokens(ONE "\n");
		chmod("tokens", (mode_t)modes[i]);
		refused("open to everybody: chmod 640");
	}
	write_tokens(ONE "\nwith a space in the middle\n");
	refused("line 2: a line has");
	unlink("tokens");
	mkdir("tokens", 0700);
	refused("tokens is no file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(who_has_one, enter, leave),
	    cmocka_unit_test_setup_teardown(a_file_without_an_end_or_without_any, enter, leave),
	    cmocka_unit_test_setup_teardown(the_longest_and_the_shortest, enter, leave),
	    cmocka_unit_test_setup_teardown(files_that_are_refused, enter, leave),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
