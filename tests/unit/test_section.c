/* test_section.c: the [stream NAME] sections: what they may say, and what is refused.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table/section.h"

static char path[] = "/tmp/tailrow-section-XXXXXX";

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static struct tr_sections read_all(const char *text)
{
	struct tr_sections sections = {0};
	struct tr_why why = {0};

	write_file(text);
	if (tr_sections_load(&sections, path, &why))
		fail_msg("%s", why.text);
	return sections;
}

static void refused(const char *text, const char *sentence)
{
	struct tr_sections sections = {0};
	struct tr_why why = {0};

	write_file(text);
	assert_int_not_equal(tr_sections_load(&sections, path, &why), TR_OK);
	if (!strstr(why.text, sentence) || strncmp(why.text, path, strlen(path)) != 0)
		fail_msg("'%s' is not in: %s", sentence, why.text);
	tr_sections_free(&sections);
}

static void the_example_of_the_contract(void **state)
{
	struct tr_sections sections = read_all(
	    "db = /srv/jobs.db\n"
	    "[stream orders]\n"
	    "database = /srv/shop/shop.db\n"
	    "mode     = append            \n"
	    "sql      = SELECT n AS id, 'order' AS event, payload AS data FROM order_log "
	    "WHERE n > :after AND customer = :remote_user AND kind = :kind ORDER BY n "
	    "LIMIT :limit\n"
	    "allow    = kind              \n");
	const struct tr_section *s = tr_sections_find(&sections, "orders");

	(void)state;
	assert_int_equal(sections.count, 1);
	assert_non_null(s);
	assert_string_equal(s->database, "/srv/shop/shop.db");
	assert_int_equal(s->mode, TR_MODE_APPEND);
	assert_true(tr_section_allows(s, "kind"));
	assert_false(tr_section_allows(s, "remote_user"));
	assert_true(tr_section_needs_user(s));
	assert_null(tr_sections_find(&sections, "order"));
	tr_sections_free(&sections);
}

static void a_statement_of_several_lines(void **state)
{
	struct tr_sections sections = read_all("[stream a]\n"
					       "  database = /a\n"
					       "  mode = table\n"
					       "  sql = SELECT id\n"
					       "    -- a comment of SQL's\n"
					       "\n"
					       "    # one of ours\n"
					       "    FROM t\n"
					       "[other]\n"
					       "anything = goes\n"
					       "[stream b]\n"
					       "database = /b\n"
					       "sql = x\n"
					       "topic = :remote_users\n"
					       "allow = remote_users, kind  day\n");

	(void)state;
	assert_int_equal(sections.count, 2);
	assert_string_equal(
	    sections.list[0].sql, "SELECT id\n    -- a comment of SQL's\n    FROM t");
	assert_int_equal(sections.list[0].mode, TR_MODE_TABLE);
	assert_int_equal(sections.list[1].allow_count, 3);
	assert_false(tr_section_needs_user(&sections.list[1]));
	tr_sections_free(&sections);
}

static void no_file_is_no_section(void **state)
{
	struct tr_sections sections = {0};

	(void)state;
	assert_int_equal(tr_sections_load(&sections, "/nowhere/at/all", NULL), TR_OK);
	assert_int_equal(sections.count, 0);
}

static void what_is_refused(void **state)
{
	(void)state;
	refused("[stream]x\n", "line 1: expected key = value");
	refused("[stream ]\nsql = x\n", "line 1: a stream's name is 1 to 32");
	refused("[stream a b]\n", "a stream's name is 1 to 32 letters");
	refused("[stream a/b]\n", "a stream's name is 1 to 32 letters");
	refused("[stream aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "a stream's name is 1 to 32");
	refused("[stream jobs]\n", "there is a stream 'jobs' already");
	refused("[stream a]\n[stream a]\n", "line 2: there is a stream 'a' already");
	refused(
	    "[stream a]\ndatabase = a.db\n", "line 2: database: it must be an absolute path");
	refused("[stream a]\ndatabase =\n", "database: it is empty");
	refused("[stream a]\nsql = a\nsql = b\n", "line 3: sql: it is set twice");
	refused("[stream a]\nmode = tables\n", "mode: it is append or table, not 'tables'");
	refused("[stream a]\npath = /a\n",
	    "has database, mode, sql, topic and allow, and no 'path'");
	refused("[stream a]\ntopic = customer\n", "topic: it names a parameter");
	refused("[stream a]\ntopic = :a b\n", "topic: it names a parameter");
	refused("[stream a]\nallow = remote_user\n", "'remote_user' has a meaning already");
	refused("[stream a]\nallow = stream\n", "'stream' has a meaning already");
	refused("[stream a]\nallow = ticket_order\n", "cannot be a parameter's name");
	refused("[stream a]\nallow = a;b\n", "'a;b' cannot be a parameter's name");
	refused(
	    "[stream a]\nallow = a b c d e f g h i j k l m n o p q\n", "more than 16 names");
	refused("[stream a]\nsql = x\n", "[stream a] has no database");
	refused("[stream a]\ndatabase = /a\n", "[stream a] has no sql");
	refused("[stream a]\ndatabase = /a\nsql = x\ntopic = :kind\n",
	    "topic is :remote_user, :ticket_NAME, or one of allow, not :kind");
}

static void no_more_than_the_most(void **state)
{
	char text[4096] = "";

	(void)state;
	for (int i = 0; i <= TR_SECTIONS_MAX; i++)
		sprintf(text + strlen(text), "[stream s%d]\ndatabase = /a\nsql = x\n", i);
	refused(text, "more than 16 streams");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_example_of_the_contract),
	    cmocka_unit_test(a_statement_of_several_lines),
	    cmocka_unit_test(no_file_is_no_section),
	    cmocka_unit_test(what_is_refused),
	    cmocka_unit_test(no_more_than_the_most),
	};
	int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
