/* test_place.c: which directory is taken, and which never.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "run/place.h"
#include "scratch.h"

static struct tr_place place;

static int begin(void **state)
{
	if (enter(state))
		return -1;
	unsetenv("XDG_STATE_HOME");
	unsetenv("TMPDIR");
	unsetenv("HOME");
	return 0;
}

static int end(void **state)
{
	tr_place_close(&place);
	return leave(state);
}

/* Sets a variable to a path below the test's directory. */
static const char *set(const char *name, const char *below)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, below);
	setenv(name, path, 1);
	return path;
}

static void assert_place(int n, const char *below)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, below);
	assert_true(tr_place_open(&place, n, 1));
	assert_string_equal(place.path, path);
	assert_int_equal(fstat(place.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	tr_place_close(&place);
}

static void they_are_made_and_private(void **state)
{
	char shared[64];

	(void)state;
	set("XDG_STATE_HOME", "state");
	assert_place(0, "state/tailrow");
	assert_int_equal(mkdir("home", 0755), 0);
	set("HOME", "home");
	assert_place(1, "home/.local/state/tailrow");
	set("TMPDIR", "home");
	snprintf(shared, sizeof(shared), "home/tailrow-%u", (unsigned)geteuid());
	assert_place(2, shared);
}

static void nothing_is_made_where_it_is_only_looked_for(void **state)
{
	(void)state;
	set("XDG_STATE_HOME", "state");
	assert_false(tr_place_open(&place, 0, 0));
	assert_int_equal(access("state", F_OK), -1);
}

static void what_others_may_write_is_not_taken(void **state)
{
	(void)state;
	set("XDG_STATE_HOME", "state");
	assert_place(0, "state/tailrow");
	chmod("state/tailrow", 0770);
	assert_false(tr_place_open(&place, 0, 1));
	chmod("state/tailrow", 0700);
	assert_place(0, "state/tailrow");
}

static void a_link_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(mkdir("elsewhere", 0700), 0);
	assert_int_equal(symlink("../elsewhere", "state/tailrow"), 0);
	set("XDG_STATE_HOME", "state");
	assert_false(tr_place_open(&place, 0, 1));
}

static void another_user_s_is_left_alone(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(chown("home", 65534, 65534), 0);
	set("HOME", "home");
	assert_false(tr_place_open(&place, 1, 1));
	assert_int_equal(access("home/.local", F_OK), -1);
}

static void a_relative_path_is_ignored(void **state)
{
	(void)state;
	setenv("XDG_STATE_HOME", "state", 1);
	assert_false(tr_place_open(&place, 0, 1));
}

static void the_first_with_room_or_the_roomiest(void **state)
{
	char first[PATH_MAX];

	(void)state;
	set("XDG_STATE_HOME", "state");
	assert_true(tr_place_choose(&place, 1));
	snprintf(first, sizeof(first), "%s/state/tailrow", scratch_dir);
	assert_string_equal(place.path, first);
	tr_place_close(&place);
	assert_true(tr_place_choose(&place, UINT64_MAX));
}

#define place_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    place_test(they_are_made_and_private),
	    place_test(nothing_is_made_where_it_is_only_looked_for),
	    place_test(what_others_may_write_is_not_taken),
	    place_test(a_link_is_not_followed),
	    place_test(another_user_s_is_left_alone),
	    place_test(a_relative_path_is_ignored),
	    place_test(the_first_with_room_or_the_roomiest),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
