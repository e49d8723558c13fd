/* test_target.c: which addresses a URL may mean, and what of it is shown.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "doctor/target.h"

static void assert_targets(const char *url, const char *first, const char *second)
{
	struct tr_target target;
	struct tr_why why = {0};

	assert_int_equal(tr_target_parse(&target, url, &why), TR_OK);
	assert_int_equal(target.count, second ? 2 : 1);
	assert_string_equal(target.api[0], first);
	if (second)
		assert_string_equal(target.api[1], second);
}

static void the_page_means_its_api_or_itself(void **state)
{
	(void)state;
	assert_targets("http://h/tailrow/", "http://h/tailrow/api", "http://h/tailrow");
	assert_targets("http://h/tailrow", "http://h/tailrow/api", "http://h/tailrow");
	assert_targets(
	    "http://h/tailrow/index.html?job=1#x", "http://h/tailrow/api", "http://h/tailrow");
	assert_targets("https://h:8443", "https://h:8443/api", "https://h:8443");
	assert_targets("http://h.html", "http://h.html/api", "http://h.html");
	assert_targets("http://h/jobs/", "http://h/jobs/api", "http://h/jobs");
	assert_targets("http://h/?a=/b", "http://h/api", "http://h");
	assert_targets(
	    "http://h/x/tailrow.cgi", "http://h/x/tailrow.cgi/api", "http://h/x/tailrow.cgi");
}

static void the_api_means_itself(void **state)
{
	(void)state;
	assert_targets("http://h/tailrow/api", "http://h/tailrow/api", NULL);
	assert_targets("http://h/tailrow/api//", "http://h/tailrow/api", NULL);
	assert_targets("http://h/tailrow/api/events?since=all", "http://h/tailrow/api", NULL);
	assert_targets(
	    "http://h/cgi-bin/tailrow.cgi/events", "http://h/cgi-bin/tailrow.cgi", NULL);
	assert_targets("http://h/api/events/orders", "http://h/api", NULL);
	assert_targets("http://h/events", "http://h", NULL);
}

static void a_scheme_is_not_needed(void **state)
{
	(void)state;
	assert_targets("h/api", "http://h/api", NULL);
	assert_targets("localhost:8080/tailrow/", "http://localhost:8080/tailrow/api",
	    "http://localhost:8080/tailrow");
	assert_targets("HTTPS://h/api", "HTTPS://h/api", NULL);
	assert_targets("[::1]:80/api", "http://[::1]:80/api", NULL);
}

static void what_is_no_url_is_refused(void **state)
{
	static const char *const bad[] = {"", "http://", "https:///x", "/tailrow/", "ftp://h/",
	    "file:///etc/passwd", "http://h/a b", "http://h/\033[2J", "?x", "http://#"};
	char longest[2 * TR_API_BYTES];
	struct tr_target target;
	struct tr_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&why, 0, sizeof(why));
		assert_int_equal(tr_target_parse(&target, bad[i], &why), TR_INVALID);
		assert_true(*why.text);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(tr_target_parse(&target, longest, &why), TR_INVALID);
	longest[1900] = '\0';
	assert_int_equal(tr_target_parse(&target, longest, &why), TR_OK);
	assert_int_equal(strlen(target.api[0]), strlen("http://") + 1900 + strlen("/api"));
}

static void a_login_is_asked_with_and_not_shown(void **state)
{
	char shown[TR_URL_BYTES];

	(void)state;
	assert_targets("http://ada:se@cret@h/api", "http://ada:se@cret@h/api", NULL);
	tr_target_shown(shown, "http://ada:se@cret@h/api/events?x=a@b");
	assert_string_equal(shown, "http://h/api/events?x=a@b");
	tr_target_shown(shown, "https://h:8443/a@b");
	assert_string_equal(shown, "https://h:8443/a@b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_page_means_its_api_or_itself),
	    cmocka_unit_test(the_api_means_itself),
	    cmocka_unit_test(a_scheme_is_not_needed),
	    cmocka_unit_test(what_is_no_url_is_refused),
	    cmocka_unit_test(a_login_is_asked_with_and_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
