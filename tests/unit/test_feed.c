/* test_feed.c: the feed of a process that serves alone: what it reads, and when it says so.
 *
 * - The other form is a stand-in that must not be asked.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "ref_stream.h"
#include "stream/feed.h"

static const struct tr_filter all;

enum tr_err tr_feed_open_pool(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why)
{
	(void)out, (void)source, (void)filter, (void)why;
	abort();
}

static struct tr_feed *open_feed(const struct testdb *t, const struct tr_filter *filter)
{
	struct tr_source source = {.db_path = t->path};
	struct tr_feed *feed;
	struct tr_why why = {0};

	if (tr_feed_open_lone(&feed, &source, filter, &why))
		fail_msg("%s", why.text);
	return feed;
}

/* Waits until the feed has something to say, 5 s at most. */
static enum tr_look look(struct tr_feed *feed)
{
	int64_t give_up_ns = tr_mono_ns() + 5 * TR_NS_PER_S;
	enum tr_look got;

	while ((got = feed->ops->look(feed)) == TR_LOOK_WAIT && tr_mono_ns() < give_up_ns) {
		struct pollfd fd = {.fd = feed->ops->fd(feed), .events = POLLIN};
		int64_t wait_ns = feed->ops->deadline_ns(feed) - tr_mono_ns();

		assert_true(wait_ns < 2 * TR_NS_PER_S); /* something looks after it */
		poll(&fd, 1, wait_ns > 0 ? (int)(wait_ns / TR_NS_PER_MS) + 1 : 0);
	}
	return got;
}

/* Takes everything that is there, and fails unless it is these frames, "log@1 log@2". */
static void takes(struct tr_feed *feed, const char *want)
{
	struct tr_buf out = {0}, got = {0};
	struct ref_stream s;
	int ended = 0;

	tr_buf_adds(&out, "");
	tr_buf_adds(&got, "");
	assert_int_equal(look(feed), TR_LOOK_READ);
	while (feed->ops->look(feed) == TR_LOOK_READ)
		assert_int_equal(feed->ops->next(feed, &out, &ended, NULL), TR_OK);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	s = ref_stream_open(out.data, out.len);
	while (ref_stream_next(&s))
		tr_buf_addf(&got, "%s%.*s@%.*s", got.len ? " " : "", (int)s.type.len, s.type.at,
		    (int)s.id.len - 17, s.id.at + 17);
	assert_string_equal(got.data, want);
	ref_stream_free(&s);
	tr_buf_free(&out);
	tr_buf_free(&got);
}

static void rows_as_they_come(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed;

	run_sql(t->db, "INSERT INTO log (message) VALUES ('a'), ('b')");
	feed = open_feed(t, &all);
	assert_string_equal(feed->place.epoch, t->epoch);
	takes(feed, "log@1 log@2");
	assert_int_equal(feed->place.position, 2);
	assert_int_equal(feed->ops->look(feed), TR_LOOK_WAIT);
	run_sql(t->db, "INSERT INTO log (message) VALUES ('c')");
	takes(feed, "log@3");
	run_sql(t->db, "INSERT INTO job (name) VALUES ('j'); UPDATE job SET step = 's'");
	takes(feed, "status-update@5");
	feed->ops->close(feed);
}

static void from_the_place_it_is_given(void **state)
{
	struct testdb *t = *state;
	struct tr_filter filter = {.events = {"log"}, .event_count = 1};
	struct tr_feed *feed;

	run_sql(t->db, "INSERT INTO log (message) VALUES ('a'), ('b'), ('c');"
		       "INSERT INTO job (name) VALUES ('j');"
		       "INSERT INTO log (message) VALUES ('d')");
	feed = open_feed(t, &all);
	feed->place.position = 2;
	feed->place.markers_from = 5;
	takes(feed, "log@3 log@5");
	feed->ops->close(feed);
	feed = open_feed(t, &filter);
	takes(feed, "log@1 log@2 log@3 log@5");
	assert_int_equal(feed->place.position, 5);
	feed->ops->close(feed);
}

/* A bounded number at once, and it says that there is more. */
static void many_rows(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	struct tr_buf out = {0};
	int ended = 0, calls = 0;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 600)"
	    " INSERT INTO log (message) SELECT n FROM c");
	assert_int_equal(look(feed), TR_LOOK_READ);
	while (feed->ops->look(feed) == TR_LOOK_READ) {
		int64_t before = feed->place.position;

		assert_int_equal(feed->ops->next(feed, &out, &ended, NULL), TR_OK);
		assert_in_range(feed->place.position - before, 1, TR_BATCH_ROWS);
		calls++;
	}
	assert_int_equal(calls, 3);
	assert_int_equal(feed->place.position, 600);
	tr_buf_free(&out);
	feed->ops->close(feed);
}

/* Rows deleted before this stream came to them; each deletion is told once. */
static void a_gap_while_streaming(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed;

	run_sql(t->db, "INSERT INTO log (message) VALUES ('a'), ('b'), ('c'), ('d')");
	feed = open_feed(t, &all);
	run_sql(t->db, "DELETE FROM log WHERE id IN (1, 2)");
	takes(feed, "gap@2 log@3 log@4");
	run_sql(t->db, "DELETE FROM log WHERE id < 4"); /* seen already */
	run_sql(t->db, "INSERT INTO log (message) VALUES ('e')");
	takes(feed, "log@5");
	run_sql(t->db, "BEGIN; INSERT INTO log (message) VALUES ('f'), ('g');"
		       "DELETE FROM log WHERE id >= 6; COMMIT");
	takes(feed, "gap@7");
	run_sql(t->db, "INSERT INTO log (message) VALUES ('h')");
	takes(feed, "log@8");
	feed->ops->close(feed);
}

/* One batch does not reach it, and the next ones must not tell of it again. */
static void a_gap_far_ahead_is_told_once(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	struct tr_buf out = {0};
	const char *gap;
	int ended = 0;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 600)"
	    " INSERT INTO log (message) SELECT n FROM c; DELETE FROM log WHERE id = 600");
	assert_int_equal(look(feed), TR_LOOK_READ);
	while (feed->ops->look(feed) == TR_LOOK_READ)
		assert_int_equal(feed->ops->next(feed, &out, &ended, NULL), TR_OK);
	gap = strstr(out.data, "event: gap\n");
	assert_ptr_equal(gap, out.data);
	assert_non_null(strstr(gap, "data: {\"after\":0,\"next\":1}\n"));
	assert_null(strstr(gap + 1, "event: gap\n"));
	tr_buf_free(&out);
	feed->ops->close(feed);
}

static void the_database_itself(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	enum tr_err err = TR_OK;
	const struct tr_log *log = feed->ops->log(feed, &err, NULL);

	assert_non_null(log);
	assert_string_equal(log->epoch, t->epoch);
	assert_int_equal(sqlite3_txn_state(log->db, NULL), SQLITE_TXN_NONE);
	feed->ops->close(feed);
}

/* They are read again only after something was committed and taken. */
static void beats(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	struct tr_beat beat[2];

	takes(feed, "");
	assert_int_equal(feed->ops->beats(feed, beat, 2), 0);
	run_sql(t->db, "INSERT INTO job (name, state, beat_at) VALUES ('a', 'running', 'one')");
	assert_int_equal(feed->ops->beats(feed, beat, 2), 0);
	takes(feed, "status-update@1");
	assert_int_equal(feed->ops->beats(feed, beat, 2), 1);
	assert_string_equal(beat[0].at, "one");
	assert_int_equal(feed->ops->beats(feed, beat, 0), 0);
	run_sql(t->db, "UPDATE job SET beat_at = 'two'");
	takes(feed, "");
	assert_int_equal(feed->ops->beats(feed, beat, 2), 1);
	assert_string_equal(beat[0].at, "two");
	feed->ops->close(feed);
}

/* A locked database is no failure: nothing comes, nothing is lost. */
static void a_locked_database(void **state)
{
	struct testdb *t = *state;
	struct tr_buf out = {0};
	struct tr_feed *feed;
	int ended = 0;

	run_sql(t->db, "PRAGMA journal_mode = DELETE; INSERT INTO log (message) VALUES ('a')");
	feed = open_feed(t, &all);
	takes(feed, "log@1");
	run_sql(t->db, "BEGIN EXCLUSIVE; INSERT INTO log (message) VALUES ('b')");
	assert_int_equal(feed->ops->next(feed, &out, &ended, NULL), TR_BUSY);
	assert_int_equal(out.len, 0);
	assert_int_equal(feed->place.position, 1);
	run_sql(t->db, "COMMIT");
	takes(feed, "log@2");
	tr_buf_free(&out);
	feed->ops->close(feed);
}

static void another_file_in_its_place(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	char other[160];

	takes(feed, "");
	assert_int_equal(feed->ops->replaced(feed), 0);
	snprintf(other, sizeof(other), "%s.new", t->path);
	assert_int_equal(tr_schema_init(other, NULL), TR_OK);
	assert_int_equal(rename(other, t->path), 0);
	assert_int_equal(look(feed), TR_LOOK_REOPEN);
	assert_int_equal(feed->ops->replaced(feed), 1);
	feed->ops->close(feed);
}

static void copy_all(sqlite3 *to, sqlite3 *from)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");

	assert_non_null(backup);
	assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
	assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
}

static void an_older_copy_restored_into_it(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	sqlite3 *copy;

	assert_int_equal(sqlite3_open(":memory:", &copy), SQLITE_OK);
	copy_all(copy, t->db);
	run_sql(t->db, "INSERT INTO log (message) VALUES ('a')");
	takes(feed, "log@1");
	copy_all(t->db, copy);
	takes(feed, "");
	assert_int_equal(feed->ops->look(feed), TR_LOOK_REOPEN);
	sqlite3_close(copy);
	feed->ops->close(feed);
}

static void a_renewed_epoch(void **state)
{
	struct testdb *t = *state;
	struct tr_feed *feed = open_feed(t, &all);
	struct tr_beat beat[1];

	takes(feed, "");
	feed->ops->beats(feed, beat, 1);
	assert_int_equal(feed->ops->look(feed), TR_LOOK_WAIT);
	run_sql(t->db, "UPDATE meta SET value = 'another' WHERE key = 'epoch'");
	takes(feed, "");
	feed->ops->beats(feed, beat, 1);
	assert_int_equal(feed->ops->look(feed), TR_LOOK_REOPEN);
	feed->ops->close(feed);
}

static void no_database(void **state)
{
	struct testdb *t = *state;
	struct tr_source source = {.db_path = "/nowhere/jobs.db"};
	struct tr_feed *feed = (struct tr_feed *)t;
	struct tr_why why = {0};

	assert_int_equal(tr_feed_open_lone(&feed, &source, &all, &why), TR_ABSENT);
	assert_null(feed);
	assert_non_null(strstr(why.text, "/nowhere/jobs.db does not exist"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(rows_as_they_come),
	    db_test(from_the_place_it_is_given),
	    db_test(many_rows),
	    db_test(a_gap_while_streaming),
	    db_test(a_gap_far_ahead_is_told_once),
	    db_test(the_database_itself),
	    db_test(beats),
	    db_test(a_locked_database),
	    db_test(another_file_in_its_place),
	    db_test(an_older_copy_restored_into_it),
	    db_test(a_renewed_epoch),
	    db_test(no_database),
	};

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
