/* test_permit.c: what a user may do with a database, and what that comes to.
 *
 * - The files are real; run by root, the user is nobody, and is tried out.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>

#include "doctor/permit.h"
#include "scratch.h"

#define DB "d/x.db"

static struct tr_user user;
static struct tr_findings findings;

/* A directory in the scratch directory, and in it a database that is the test's own. */
static int begin(void **state)
{
	if (enter(state) || mkdir("d", 0700) || chmod("d", 0700))
		return -1;
	write_file(DB, "x", 1);
	return chmod(DB, 0600);
}

static int end(void **state)
{
	tr_findings_free(&findings);
	return leave(state);
}

/* Judges what the user may do now, and returns the finding. */
static const struct tr_finding *judge(bool wal, bool web)
{
	char path[128];
	struct tr_permit permit = {.path = path, .wal = wal, .user = &user, .web = web};
	struct tr_why why = {0};

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, DB);
	assert_int_equal(tr_access(&permit.access, &user, path, &why), TR_OK);
	tr_findings_free(&findings);
	tr_permit_judge(&findings, &permit);
	assert_int_equal(findings.err, TR_OK);
	assert_int_equal(findings.count, 1);
	return &findings.all[0];
}

static void assert_web(bool wal, enum tr_grade level, const char *name)
{
	const struct tr_finding *found = judge(wal, true);

	assert_string_equal(found->name, name);
	assert_int_equal(found->grade, level);
	assert_true(level == TR_FINE || found->cure);
}

static void make_beside(mode_t mode)
{
	write_file(DB "-wal", "", 0);
	write_file(DB "-shm", "", 0);
	assert_int_equal(chmod(DB "-wal", mode), 0);
	assert_int_equal(chmod(DB "-shm", mode), 0);
}

static void permit(mode_t dir, mode_t db)
{
	assert_int_equal(chmod("d", dir), 0);
	assert_int_equal(chmod(DB, db), 0);
}

static void a_directory_that_cannot_be_passed(void **state)
{
	char expected[128];

	(void)state;
	permit(0700, 0666);
	assert_web(true, TR_PROBLEM, "barrier");
	snprintf(expected, sizeof(expected), "chmod o+x '%s/d'", scratch_dir);
	assert_string_equal(findings.all[0].lines, expected);
}

static void a_file_that_cannot_be_read(void **state)
{
	(void)state;
	permit(0777, 0600);
	assert_web(true, TR_PROBLEM, "unreadable");
	assert_web(false, TR_PROBLEM, "unreadable");
}

static void who_may_all(void **state)
{
	(void)state;
	permit(0777, 0666);
	assert_web(true, TR_FINE, "writes");
	make_beside(0666);
	assert_web(true, TR_FINE, "writes");
}

static void files_beside_that_are_anothers(void **state)
{
	(void)state;
	permit(0777, 0666);
	make_beside(0644);
	assert_web(true, TR_PROBLEM, "beside");
	assert_non_null(strstr(findings.all[0].lines, "chown --reference="));
	assert_web(false, TR_FINE, "writes");
	make_beside(0600);
	permit(0755, 0644);
	assert_web(true, TR_PROBLEM, "beside");
}

/* Tried: a reader that can make the -shm and not write the database shuts the publishers out.
 */
static void who_would_shut_the_publishers_out(void **state)
{
	(void)state;
	permit(0777, 0644);
	assert_web(true, TR_PROBLEM, "shuts-out");
	assert_web(false, TR_FINE, "reads");
}

static void who_only_reads(void **state)
{
	(void)state;
	permit(0755, 0644);
	assert_web(false, TR_FINE, "reads");
	assert_int_equal(judge(false, false)->grade, TR_NOTE);
	assert_web(true, TR_PROBLEM, "reads-only");
	make_beside(0644);
	assert_web(true, TR_NOTE, "reads-only");
	assert_string_equal(judge(true, false)->name, "reads");
}

static void a_group_that_may_is_joined(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root may give files away */
	permit(0775, 0664);
	assert_int_equal(chown("d", 0, 1), 0);
	assert_web(true, TR_PROBLEM, "reads-only");
	assert_string_equal(findings.all[0].lines, "usermod -aG daemon nobody");
	assert_int_equal(chown("d", 0, user.gid), 0);
	assert_int_equal(chown(DB, 0, user.gid), 0);
	assert_web(true, TR_FINE, "writes");
}

/* Looks as somebody who is not root, and so goes by the bits. The status says what failed. */
static int look_by_bits(const char *path)
{
	struct tr_user other = {
	    .name = "other", .uid = 4711, .gid = 4711, .groups = {4711}, .group_count = 1};
	struct tr_access access;

	if (geteuid() == 0 && (setgid(user.gid) || setuid(user.uid)))
		return 1;
	if (tr_access(&access, &other, path, NULL) || !access.db_read || access.db_write ||
	    !access.dir_write || access.barrier_len)
		return 2;
	other.groups[other.group_count++] = getegid();
	return tr_access(&access, &other, path, NULL) || access.db_read ? 3 : 0;
}

/* The first class that fits decides, though a later one would allow more. */
static void owner_group_and_others(void **state)
{
	char path[128];
	int status;
	pid_t pid;

	(void)state;
	snprintf(path, sizeof(path), "%s/%s", scratch_dir, DB);
	permit(0777, 0604);
	if (geteuid() == 0)
		assert_int_equal(chown(DB, user.uid, user.gid), 0);
	pid = fork();
	if (pid == 0)
		_exit(look_by_bits(path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void who_serves(void **state)
{
	struct tr_user web;
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(tr_user_named(&web, "no such user", &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "no such user"));
	tr_user_self(&web);
	assert_true(web.self);
	assert_int_equal(web.uid, geteuid());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_directory_that_cannot_be_passed),
	    TEST(a_file_that_cannot_be_read),
	    TEST(who_may_all),
	    TEST(files_beside_that_are_anothers),
	    TEST(who_would_shut_the_publishers_out),
	    TEST(who_only_reads),
	    TEST(a_group_that_may_is_joined),
	    TEST(owner_group_and_others),
	    TEST(who_serves),
	};

	return tr_user_named(&user, "nobody", NULL) ||
	       cmocka_run_group_tests(tests, NULL, NULL);
}
