/* test_ticket.c: which tickets hold; one that was made by other means is in here as it is.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/ticket.h"
#include "scratch.h"

#define OLD_KEY "0123456789abcdef0123456789abcdef"
#define NEW_KEY "an-ever-so-secret-key-of-43-characters-here"
#define TEXT "until=1000&job=7,42&ticket_order=a%26b"

/* printf %s 'until=1000&job=7,42&ticket_order=a%26b' | base64 | tr +/ -_ | tr -d =; then
 * printf %s THAT | openssl dgst -sha256 -hmac OLD_KEY -binary | base64 | tr +/ -_ | tr -d = */
#define OPENSSL_TEXT "dW50aWw9MTAwMCZqb2I9Nyw0MiZ0aWNrZXRfb3JkZXI9YSUyNmI"
#define OPENSSL_MAC "UPbNB2u0giqjMgLRXiKWohQKkFA7eaNea27Z5retRdk"

static void write_keys(const char *text)
{
	write_file("keys", text, strlen(text));
	assert_int_equal(chmod("keys", 0640), 0);
}

/* The ticket of that text, by the file's first key. */
static const char *sign(const char *text)
{
	static char ticket[TR_TICKET_BYTES];
	struct tr_buf out = {0};
	struct tr_why why = {0};

	if (tr_ticket_sign(&out, text, "keys", &why))
		fail_msg("%s", why.text);
	strcpy(ticket, out.data);
	tr_buf_free(&out);
	return ticket;
}

static void holds(const char *sent, int64_t now_s)
{
	static struct tr_ticket ticket;
	struct tr_why why = {0};

	if (tr_ticket_read(&ticket, sent, "keys", now_s, &why))
		fail_msg("%s", why.text);
	assert_int_equal(ticket.until_s, 1000);
	assert_int_equal(ticket.job_count, 2);
	assert_int_equal(ticket.jobs[0], 7);
	assert_int_equal(ticket.jobs[1], 42);
	assert_int_equal(ticket.claim_count, 1);
	assert_string_equal(ticket.claims[0].name, "ticket_order");
	assert_string_equal(ticket.claims[0].value, "a&b");
}

static void refused(const char *sent, const char *says)
{
	static struct tr_ticket ticket;
	struct tr_why why = {0};

	if (tr_ticket_read(&ticket, sent, "keys", 1, &why) != TR_DENIED ||
	    !strstr(why.text, says))
		fail_msg("%s: %s", sent, why.text);
}

static void as_openssl_makes_them(void **state)
{
	(void)state;
	write_keys(OLD_KEY "\n");
	assert_string_equal(sign(TEXT), OPENSSL_TEXT "." OPENSSL_MAC);
	holds(OPENSSL_TEXT "." OPENSSL_MAC, 1);
}

static void until_they_expire(void **state)
{
	struct tr_why why = {0};
	static struct tr_ticket ticket;

	(void)state;
	write_keys(OLD_KEY "\n");
	holds(sign(TEXT), 999);
	assert_int_equal(tr_ticket_read(&ticket, sign(TEXT), "keys", 1000, &why), TR_DENIED);
	assert_string_equal(why.text, "The ticket has expired.");
}

static void keys_rotate(void **state)
{
	char old[TR_TICKET_BYTES];

	(void)state;
	write_keys(OLD_KEY);
	strcpy(old, sign(TEXT));
	write_keys("# the new one signs\n" NEW_KEY "\r\n\n" OLD_KEY "\n");
	assert_string_not_equal(sign(TEXT), old);
	holds(old, 1);
	holds(sign(TEXT), 1);
	write_keys(NEW_KEY "\n");
	holds(sign(TEXT), 1);
	refused(old, "not signed with a key that holds");
}

/* Each byte changed, each end cut off, and what others' tickets look like. */
static void no_other_is_taken(void **state)
{
	static const char *const forged[] = {"", ".", "..", OPENSSL_TEXT, OPENSSL_TEXT ".",
	    "." OPENSSL_MAC, OPENSSL_TEXT ".." OPENSSL_MAC, OPENSSL_TEXT "." OPENSSL_MAC "=",
	    OPENSSL_TEXT "=." OPENSSL_MAC, " " OPENSSL_TEXT "." OPENSSL_MAC,
	    OPENSSL_TEXT "\n." OPENSSL_MAC, "eyJhbGciOiJub25lIn0." OPENSSL_TEXT ".",
	    "eyJhbGciOiJub25lIn0." OPENSSL_TEXT "." OPENSSL_MAC, "none." OPENSSL_MAC,
	    OPENSSL_TEXT ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	char ticket[TR_TICKET_BYTES + 8] = OPENSSL_TEXT "." OPENSSL_MAC;
	size_t len = strlen(ticket);

	(void)state;
	write_keys(OLD_KEY "\n" NEW_KEY "\n");
	for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++)
		refused(forged[i], "The ticket");
	for (size_t i = 0; i < len; i++) {
		ticket[i] ^= 1;
		refused(ticket, "The ticket");
		ticket[i] ^= 1;
	}
	for (size_t i = len; i--;) {
		ticket[i] = '\0';
		refused(ticket, "The ticket");
	}
	memset(ticket, 'A', sizeof(ticket) - 1);
	refused(ticket, "not whole");
}

/* It would not do to overlook in a ticket what restricts it. */
static void what_none_can_say(void **state)
{
	static const char *const texts[] = {"", "until=1000", "job=1", "until=1000&job=1&job=2",
	    "until=1000&until=2000&job=1", "until=0&job=1", "until=-1&job=1", "until=&job=1",
	    "until=1000&job=", "until=1000&job=1,", "until=1000&job=0", "until=1000&job=x",
	    "until=1000&job=1&ip=::1", "until=1000&ticket_=1", "until=1000&ticket_a-b=1",
	    "until=1000&ticket_a=1&ticket_a=2", "until=1000&ticket_a=%00"};
	struct tr_buf out = {0};
	struct tr_why why;

	(void)state;
	write_keys(OLD_KEY "\n");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		why = (struct tr_why){0};
		if (tr_ticket_sign(&out, texts[i], "keys", &why) != TR_INVALID ||
		    !strstr(why.text, "no ticket can be made of that"))
			fail_msg("%s: %s", texts[i], why.text);
	}
	assert_int_equal(out.len, 0);
}

static void files_that_are_no_keys(void **state)
{
	struct tr_buf out = {0};
	struct tr_why why = {0};

	(void)state;
	write_keys("0123456789abcdef\n");
	assert_int_equal(tr_ticket_sign(&out, TEXT, "keys", &why), TR_INVALID);
	assert_non_null(strstr(why.text, "line 1: a line has 32 to 255 visible characters"));
	write_keys("# none\n");
	assert_int_equal(tr_ticket_sign(&out, TEXT, "keys", &why), TR_INVALID);
	assert_non_null(strstr(why.text, "has no key"));
	refused(OPENSSL_TEXT "." OPENSSL_MAC, "not signed");
	write_keys(OLD_KEY "\n");
	assert_int_equal(chmod("keys", 0644), 0);
	assert_int_equal(tr_ticket_sign(&out, TEXT, "keys", &why), TR_INVALID);
	assert_non_null(strstr(why.text, "open to everybody"));
	assert_int_equal(tr_ticket_sign(&out, TEXT, "absent", &why), TR_SYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_openssl_makes_them),
	    cmocka_unit_test(until_they_expire),
	    cmocka_unit_test(keys_rotate),
	    cmocka_unit_test(no_other_is_taken),
	    cmocka_unit_test(what_none_can_say),
	    cmocka_unit_test(files_that_are_no_keys),
	};

	return cmocka_run_group_tests_name("ticket", tests, enter, leave);
}
