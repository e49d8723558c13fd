/* test_feed_pool.c: the feed of a worker of the pool, where the ring has not what it needs.
 *
 * - The test is the watcher: it fills the ring from the database that the feed catches up in.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "stream/feed.h"

#define RING_BYTES 4096
#define LARGE 2000 /* bytes: a ring of that size has no record so large */

struct scene {
	struct testdb *t;
	struct tr_pool pool;
	struct tr_source source;
	struct tr_log log; /* as the watcher knows it */
};

static const struct tr_filter all;

/* The other form is a stand-in that must not be asked. */
enum tr_err tr_feed_open_lone(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why)
{
	(void)out, (void)source, (void)filter, (void)why;
	abort();
}

static struct scene begin(struct testdb *t)
{
	struct scene s = {.t = t, .log = {.device = 1, .inode = 1}};

	memcpy(s.log.epoch, t->epoch, sizeof(s.log.epoch));
	assert_int_equal(tr_scoreboard_make(&s.pool.board, 4, 4, NULL), TR_OK);
	assert_int_equal(tr_ring_make(&s.pool.ring, RING_BYTES, NULL), TR_OK);
	assert_int_equal(tr_bells_make(&s.pool.bells, NULL), TR_OK);
	s.source.db_path = t->path;
	s.source.seat = tr_scoreboard_empty_seat(s.pool.board);
	return s;
}

static void end(struct scene *s)
{
	tr_bells_free(&s->pool.bells);
	tr_ring_free(s->pool.ring);
	tr_scoreboard_free(s->pool.board);
}

static struct tr_feed *open_feed(struct scene *s)
{
	struct tr_feed *feed;

	s->source.pool = &s->pool;
	assert_int_equal(tr_feed_open_pool(&feed, &s->source, &all, NULL), TR_OK);
	snprintf(feed->place.epoch, sizeof(feed->place.epoch), "%s", s->t->epoch);
	return feed;
}

/* A row, in the database and in the ring. */
static void commit(struct scene *s, int64_t id, size_t frame_len)
{
	struct tr_ring_row row = {.id = id, .name = "log", .frame_len = frame_len};
	char frame[LARGE + 1];

	run_sql(s->t->db, "INSERT INTO log (message) VALUES ('row %lld')", (long long)id);
	memset(frame, ' ', sizeof(frame));
	memcpy(frame, ":ring\n", 6);
	tr_ring_add(s->pool.ring, &row, frame);
	tr_ring_publish(s->pool.ring, id);
}

static enum tr_err next(struct tr_feed *feed, struct tr_buf *out, struct tr_why *why)
{
	int ended = 0;

	tr_buf_clear(out);
	return feed->ops->next(feed, out, &ended, why);
}

static void rows_of_the_ring(void **state)
{
	struct scene s = begin(*state);
	struct tr_feed *feed = open_feed(&s);
	struct tr_buf out = {0};

	tr_ring_begin(s.pool.ring, &s.log, 0);
	commit(&s, 1, 6);
	assert_int_equal(feed->ops->look(feed), TR_LOOK_READ);
	assert_int_equal(next(feed, &out, NULL), TR_OK);
	assert_string_equal(out.data, ":ring\n");
	assert_int_equal(feed->place.position, 1);
	assert_true(feed->ops->settled(feed));
	assert_int_equal(feed->ops->look(feed), TR_LOOK_WAIT);
	feed->ops->close(feed);
	tr_buf_free(&out);
	end(&s);
}

static void a_worker_that_is_lost_does_not_open_the_database(void **state)
{
	struct scene s = begin(*state);
	struct tr_feed *feed = open_feed(&s);
	struct tr_buf out = {0};

	tr_ring_begin(s.pool.ring, &s.log, 0);
	commit(&s, 1, LARGE);
	assert_int_equal(next(feed, &out, NULL), TR_AWAY);
	assert_int_equal(out.len, 0);
	assert_int_equal(feed->place.position, 0);
	assert_false(feed->ops->settled(feed));
	assert_true(
	    feed->ops->deadline_ns(feed) < INT64_MAX); /* it tries again, whatever happens */
	feed->ops->close(feed);
	tr_buf_free(&out);
	end(&s);
}

static void its_child_reads_there_until_the_ring_can_take_over(void **state)
{
	struct scene s = begin(*state);
	struct tr_feed *feed = open_feed(&s);
	struct tr_buf out = {0};

	s.source.visit = (struct tr_visit *)&s;
	tr_ring_begin(s.pool.ring, &s.log, 0);
	commit(&s, 1, LARGE);
	assert_int_equal(next(feed, &out, NULL), TR_OK);
	assert_non_null(strstr(out.data, "row 1"));
	assert_int_equal(feed->place.position, 1);
	assert_true(feed->ops->settled(feed));
	commit(&s, 2, 6);
	assert_int_equal(next(feed, &out, NULL), TR_OK);
	assert_string_equal(out.data, ":ring\n");
	feed->ops->close(feed);
	tr_buf_free(&out);
	end(&s);
}

static void without_a_watcher_too(void **state)
{
	struct scene s = begin(*state);
	struct tr_feed *feed = open_feed(&s);
	struct tr_buf out = {0};

	s.source.visit = (struct tr_visit *)&s;
	run_sql(s.t->db, "INSERT INTO log (message) VALUES ('alone')");
	assert_int_equal(feed->ops->look(feed), TR_LOOK_READ);
	assert_int_equal(next(feed, &out, NULL), TR_OK);
	assert_non_null(strstr(out.data, "alone"));
	feed->ops->close(feed);
	tr_buf_free(&out);
	end(&s);
}

static void a_file_that_is_not_the_streams(void **state)
{
	struct scene s = begin(*state);
	struct tr_feed *feed = open_feed(&s);
	struct tr_buf out = {0};
	struct tr_why why = {0};

	s.source.visit = (struct tr_visit *)&s;
	strcpy(feed->place.epoch, "another");
	assert_int_equal(next(feed, &out, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "another database"));
	assert_int_equal(out.len, 0);

	tr_ring_begin(s.pool.ring, &s.log, 0);
	strcpy(feed->place.epoch, s.t->epoch);
	feed->ops->look(feed); /* now it knows the ring's number for it */
	s.log.inode = 2;
	tr_ring_begin(s.pool.ring, &s.log, 0);
	assert_int_equal(feed->ops->look(feed), TR_LOOK_REOPEN);
	assert_true(feed->ops->replaced(feed));
	feed->ops->close(feed);
	tr_buf_free(&out);
	end(&s);
}

static void no_database(void **state)
{
	struct scene s = begin(*state);
	struct tr_feed *feed = open_feed(&s);
	struct tr_buf out = {0};
	struct tr_why why = {0};

	s.source.visit = (struct tr_visit *)&s;
	s.source.db_path = "/nowhere/jobs.db";
	assert_int_equal(next(feed, &out, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "/nowhere"));
	assert_false(feed->ops->settled(feed));
	feed->ops->close(feed);
	end(&s);
}

static void no_descriptor_to_listen_with(void **state)
{
	struct scene s = begin(*state);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		const struct rlimit none = {0};
		struct tr_why why = {0};
		struct tr_feed *feed;

		s.source.pool = &s.pool;
		setrlimit(RLIMIT_NOFILE, &none);
		_exit(tr_feed_open_pool(&feed, &s.source, &all, &why) != TR_BUSY || feed ||
		      !strstr(why.text, "epoll"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(rows_of_the_ring),
	    db_test(a_worker_that_is_lost_does_not_open_the_database),
	    db_test(its_child_reads_there_until_the_ring_can_take_over),
	    db_test(without_a_watcher_too),
	    db_test(a_file_that_is_not_the_streams),
	    db_test(no_database),
	    db_test(no_descriptor_to_listen_with),
	};

	return cmocka_run_group_tests_name("feed_pool", tests, NULL, NULL);
}
