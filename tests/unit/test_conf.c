/* test_conf.c: the settings: their sources, which of them wins, and what is refused.
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/conf.h"

#define NOBODY 65534

static char path[] = "/tmp/tailrow-conf-XXXXXX";

static const char *const variables[] = {"TAILROW_CONFIG", "TAILROW_DB", "TAILROW_POOL",
    "TAILROW_MAX_STREAMS", "TAILROW_MAX_STREAMS_PER_CLIENT", "TAILROW_MAX_STREAM_SECONDS",
    "TAILROW_HOLD"};

static int no_memory;

/* In place of the C library's, for every module of this program. */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = no_memory ? NULL : malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/* An empty file of our own, and none of our variables. */
static int begin(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/tailrow-conf-XXXXXX");
	fd = mkstemp(path);
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	return fd < 0 || close(fd) || setenv("TAILROW_CONFIG", path, 1);
}

static int end(void **state)
{
	(void)state;
	unsetenv("TAILROW_CONFIG");
	return unlink(path);
}

static void write_file(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static struct tr_conf load(const char *text)
{
	struct tr_conf conf = {0};
	struct tr_why why = {0};

	write_file(text, strlen(text));
	if (tr_conf_load(&conf, &why))
		fail_msg("%s", why.text);
	return conf;
}

/* Fails unless loading comes to err, and a sentence that holds words. */
static void refused(enum tr_err err, const char *words)
{
	struct tr_conf conf = {0};
	struct tr_why why = {0};

	assert_int_equal(tr_conf_load(&conf, &why), err);
	if (!strstr(why.text, words))
		fail_msg("'%s' has no '%s'", why.text, words);
	assert_null(strchr(why.text, '\n'));
	tr_conf_free(&conf);
}

static void file_refused(const char *text, const char *words)
{
	write_file(text, strlen(text));
	refused(TR_INVALID, path);
	refused(TR_INVALID, words);
}

static void is_text(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
}

static void has(
    const struct tr_conf *conf, const char *db, int pool, int streams, int stream_seconds)
{
	is_text(tr_conf_text(conf, TR_KEY_DB), db);
	assert_int_equal(tr_conf_number(conf, TR_KEY_POOL), pool);
	assert_int_equal(tr_conf_number(conf, TR_KEY_MAX_STREAMS), streams);
	assert_int_equal(tr_conf_number(conf, TR_KEY_MAX_STREAM_SECONDS), stream_seconds);
}

static void defaults(void **state)
{
	struct tr_conf conf = load("");

	(void)state;
	has(&conf, NULL, 1, 256, 600);
	assert_string_equal(tr_conf_text(&conf, TR_KEY_MAX_STREAMS), "256");
	tr_conf_free(&conf);
	tr_conf_free(&conf);
}

static void every_key_of_the_file(void **state)
{
	struct tr_conf conf = load("# a comment\n"
				   "; another\n"
				   "\n"
				   "db = /srv/jobs.db\n"
				   "  pool\t=0\n"
				   "MAX-STREAMS= 100000  \n"
				   "max_streams_per_client = 12\n"
				   "max_stream_seconds=31536000\n");

	(void)state;
	has(&conf, "/srv/jobs.db", 0, 100000, 31536000);
	assert_int_equal(tr_conf_number(&conf, TR_KEY_MAX_STREAMS_PER_CLIENT), 12);
	tr_conf_free(&conf);
}

/* As an editor on Windows leaves it, and without an end of the last line. */
static void crlf_and_no_last_line_end(void **state)
{
	struct tr_conf conf = load("# x\r\n\r\ndb = /srv/a b.db\r\npool = 0\r\nmax_streams=7");

	(void)state;
	has(&conf, "/srv/a b.db", 0, 7, 600);
	tr_conf_free(&conf);
}

static void a_value_may_hold_what_a_line_may(void **state)
{
	struct tr_conf conf = load("db = /a=b ; c # d\n");

	(void)state;
	has(&conf, "/a=b ; c # d", 1, 256, 600);
	tr_conf_free(&conf);
}

static void the_later_line_wins(void **state)
{
	struct tr_conf conf = load("db=/a\ndb=/b\nmax_streams=3\nmax_streams=4\n");

	(void)state;
	has(&conf, "/b", 1, 4, 600);
	tr_conf_free(&conf);
}

/* Sections are for others: what is in them is not ours to judge. */
static void a_section_ends_what_is_read(void **state)
{
	struct tr_conf conf = load("db = /a\n [stream orders]\ndb = /b\nnonsense\nx = y\n");

	(void)state;
	has(&conf, "/a", 1, 256, 600);
	tr_conf_free(&conf);
}

static void what_a_file_may_not_hold(void **state)
{
	(void)state;
	file_refused("db = /a\nnonsense\n", "line 2: expected key = value");
	file_refused("\n\n\ndatabase = /a\n", "line 4: no setting is called 'database'");
	file_refused("=\n", "line 1: no setting is called ''");
	file_refused("d = /a\n", "line 1: no setting is called 'd'");
	file_refused("dbs = /a\n", "line 1: no setting is called 'dbs'");
	file_refused("config = /a\n", "line 1: no setting is called 'config'");
	file_refused("db =\n", "line 1: db is empty");
	file_refused("db = \t\r\n", "line 1: db is empty");
	file_refused("# x\npool = yes\n", "line 2: pool must be a number from 0 to 1");
	file_refused("pool = 2\n", "not '2'");
	file_refused("pool =\n", "pool must be a number");
	file_refused("visible = owners\n", "visible is all or owner, not 'owners'");
	file_refused("max_streams = 0\n", "max_streams must be a number from 1 to 100000");
	file_refused("max_streams = 100001\n", "max_streams must be a number");
	file_refused("max_streams = 1e3\n", "not '1e3'");
	file_refused("max_streams = -1\n", "not '-1'");
	file_refused("max_streams = 99999999999999999999\n", "max_streams must be a number");
	file_refused("max_stream_seconds = 31536001\n", "from 0 to 31536000");
	file_refused("max_stream_seconds = 60 s\n", "not '60 s'");
	file_refused("\xEF\xBB\xBF"
		     "db = /a\n",
	    "line 1: no setting is called");
}

static void a_line_of_a_megabyte(void **state)
{
	char *text = malloc((1 << 20) + 1);

	(void)state;
	memset(text, 'x', 1 << 20);
	text[1 << 20] = '\0';
	file_refused(text, "line 1: expected key = value");
	memcpy(text, "pool=", 5);
	file_refused(text, "line 1: pool must be a number");
	free(text);
}

/* Values before the bad line are still there, and to be released. */
static void after_a_failure(void **state)
{
	struct tr_conf conf = {0};

	(void)state;
	write_file("db = /a\nnonsense\n", 17);
	assert_int_equal(tr_conf_load(&conf, NULL), TR_INVALID);
	tr_conf_free(&conf);
	assert_null(conf.value[TR_KEY_DB]);
}

static void the_environment_wins_over_the_file(void **state)
{
	struct tr_conf conf;

	(void)state;
	setenv("TAILROW_DB", "/env.db", 1);
	setenv("TAILROW_MAX_STREAM_SECONDS", "60", 1);
	setenv("TAILROW_UNKNOWN", "x", 1);
	conf = load("db = /file.db\nmax_streams = 5\nmax_stream_seconds = 10\n");
	has(&conf, "/env.db", 1, 5, 60);
	tr_conf_free(&conf);
	setenv("TAILROW_DB", "", 1); /* as not set: `VAR= command` in a shell */
	conf = load("db = /file.db\n");
	has(&conf, "/file.db", 1, 256, 60);
	tr_conf_free(&conf);
	setenv("TAILROW_POOL", "maybe", 1);
	refused(TR_INVALID, "pool must be a number from 0 to 1, not 'maybe'");
	unsetenv("TAILROW_POOL");
	unsetenv("TAILROW_MAX_STREAM_SECONDS");
	unsetenv("TAILROW_UNKNOWN");
}

/* What a request's environment says: the web server's words, and the client's among them. */
static void the_environment_of_a_request(void **state)
{
	char *env[] = {"TAILROW_DB=/request.db", "HTTP_TAILROW_DB=/client.db", "TAILROW",
	    "TAILROW_", "TAILROW_=x", "TAILROW_MAX_STREAMS", "TAILROW_DBX=/x", "TAILROW_D=/x",
	    "XTAILROW_DB=/x", "TAILROW_POOL=", "=", "", "TAILROW_MAX_STREAM_SECONDS=9=8", NULL};
	struct tr_conf conf = {0};
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(tr_conf_env(&conf, env, &why), TR_INVALID);
	assert_non_null(strstr(why.text, "max_stream_seconds"));
	has(&conf, "/request.db", 1, 256, 600);
	env[12] = "TAILROW_MAX_STREAM_SECONDS=98";
	assert_int_equal(tr_conf_env(&conf, env, NULL), TR_OK);
	has(&conf, "/request.db", 1, 256, 98);
	tr_conf_free(&conf);
}

static void set_and_set_by_name(void **state)
{
	struct tr_conf conf = {0};
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(tr_conf_set(&conf, TR_KEY_DB, "/a", &why), TR_OK);
	assert_int_equal(tr_conf_set(&conf, TR_KEY_DB, "", &why), TR_INVALID);
	assert_non_null(strstr(why.text, "db is empty"));
	assert_int_equal(tr_conf_set(&conf, TR_KEY_POOL, "0", &why), TR_OK);
	assert_int_equal(tr_conf_set(&conf, TR_KEY_POOL, "x", &why), TR_INVALID);
	has(&conf, "/a", 0, 256, 600); /* the old values hold */
	assert_int_equal(tr_conf_set_named(&conf, "max-streams", "9", &why), TR_OK);
	assert_int_equal(tr_conf_set_named(&conf, "Max_Stream-seconds", "8", &why), TR_OK);
	assert_int_equal(tr_conf_set_named(&conf, "db", "/b", &why), TR_OK);
	has(&conf, "/b", 0, 9, 8);
	assert_int_equal(tr_conf_set_named(&conf, "max streams", "9", &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "no setting is called 'max streams'"));
	assert_int_equal(tr_conf_set_named(&conf, "", "9", &why), TR_ABSENT);
	assert_int_equal(tr_conf_set_named(&conf, "pool", "", &why), TR_INVALID);
	tr_conf_free(&conf);
}

static void merging(void **state)
{
	struct tr_conf conf = {0}, over = {0};

	(void)state;
	tr_conf_set(&conf, TR_KEY_DB, "/a", NULL);
	tr_conf_set(&conf, TR_KEY_POOL, "0", NULL);
	tr_conf_set(&over, TR_KEY_DB, "/b", NULL);
	tr_conf_set(&over, TR_KEY_MAX_STREAMS, "2", NULL);
	assert_int_equal(tr_conf_merge(&conf, &over, NULL), TR_OK);
	has(&conf, "/b", 0, 2, 600);
	has(&over, "/b", 1, 2, 600);
	tr_conf_free(&over); /* what was merged is a copy */
	has(&conf, "/b", 0, 2, 600);
	assert_int_equal(tr_conf_merge(&conf, &over, NULL), TR_OK);
	has(&conf, "/b", 0, 2, 600);
	tr_conf_free(&conf);
}

static void copying_one_key(void **state)
{
	struct tr_conf conf = {0}, from = {0};

	(void)state;
	tr_conf_set(&conf, TR_KEY_DB, "/a", NULL);
	tr_conf_set(&from, TR_KEY_DB, "/b", NULL);
	tr_conf_set(&from, TR_KEY_POOL, "0", NULL);
	assert_int_equal(tr_conf_copy(&conf, TR_KEY_DB, &from, NULL), TR_OK);
	has(&conf, "/b", 1, 256, 600);
	tr_conf_free(&from);
	assert_int_equal(tr_conf_copy(&conf, TR_KEY_DB, &from, NULL), TR_OK);
	has(&conf, NULL, 1, 256, 600);
	tr_conf_free(&conf);
}

/* Not set is not 0. */
static void the_longest_hold(void **state)
{
	struct tr_conf conf = load("");

	(void)state;
	assert_null(tr_conf_text(&conf, TR_KEY_HOLD));
	tr_conf_free(&conf);
	setenv("TAILROW_HOLD", "0", 1);
	conf = load("hold = 20\n");
	assert_int_equal(tr_conf_number(&conf, TR_KEY_HOLD), 0);
	tr_conf_free(&conf);
	unsetenv("TAILROW_HOLD");
	file_refused("hold = 86401\n", "hold must be a number from 0 to 86400");
}

/* It is not the line that is at fault. */
static void out_of_memory(void **state)
{
	struct tr_conf conf = {0};
	struct tr_why why = {0};
	enum tr_err err;

	(void)state;
	write_file("db = /a\n", 8);
	no_memory = 1;
	err = tr_conf_load(&conf, &why);
	no_memory = 0;
	assert_int_equal(err, TR_NOMEM);
	assert_non_null(strstr(why.text, "out of memory"));
	tr_conf_free(&conf);
}

static void files_that_are_not_there(void **state)
{
	struct tr_conf conf = {0};

	(void)state;
	setenv("TAILROW_CONFIG", "/nowhere/tailrow.conf", 1);
	refused(TR_ABSENT, "/nowhere/tailrow.conf, which TAILROW_CONFIG names, does not exist");
	setenv("TAILROW_CONFIG", "/tmp", 1);
	refused(TR_SYS, "/tmp cannot be read");
	if (access(TR_CONF_FILE, F_OK) == 0)
		skip();			 /* this machine's own */
	setenv("TAILROW_CONFIG", "", 1); /* as not set: `VAR= command` in a shell */
	assert_int_equal(tr_conf_load(&conf, NULL), TR_OK);
	unsetenv("TAILROW_CONFIG");
	assert_int_equal(tr_conf_load(&conf, NULL), TR_OK);
	has(&conf, NULL, 1, 256, 600);
	setenv("TAILROW_CONFIG", path, 1);
}

/* In a child that is nobody, because root may read everything. */
static void a_file_that_may_not_be_read(void **state)
{
	struct tr_conf conf = {0};
	struct tr_why why = {0};
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(path, 0), 0);
	pid = fork();
	if (pid == 0) {
		int ok = geteuid() != 0 || setuid(NOBODY) == 0;

		ok = ok && tr_conf_load(&conf, &why) == TR_DENIED;
		_exit(!(ok && strstr(why.text, path) && strstr(why.text, "denied")));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define file_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    file_test(defaults),
	    file_test(every_key_of_the_file),
	    file_test(crlf_and_no_last_line_end),
	    file_test(a_value_may_hold_what_a_line_may),
	    file_test(the_later_line_wins),
	    file_test(a_section_ends_what_is_read),
	    file_test(what_a_file_may_not_hold),
	    file_test(a_line_of_a_megabyte),
	    file_test(after_a_failure),
	    file_test(the_environment_wins_over_the_file),
	    file_test(the_environment_of_a_request),
	    file_test(set_and_set_by_name),
	    file_test(merging),
	    file_test(copying_one_key),
	    file_test(the_longest_hold),
	    file_test(out_of_memory),
	    file_test(files_that_are_not_there),
	    file_test(a_file_that_may_not_be_read),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
