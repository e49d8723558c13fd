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
#define LARGE 2000     /* bytes: a ring of that size has no record so large */
#define FAST_FRAME 200 /* bytes: the ring holds about a dozen */
#define FAST_ROWS 300000

struct scene {
	struct testdb *t;
	struct tr_pool pool;
	struct tr_source source;
	struct tr_log log; /* as the watcher knows it */
	struct tr_feed *feed;
	struct tr_buf out;
};

static const struct tr_filter all;

/* The other form is a stand-in that must not be asked. */
enum tr_err tr_feed_open_lone(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why)
{
	(void)out, (void)source, (void)filter, (void)why;
	abort();
}

static struct scene make_scene(struct testdb *t)
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

/* The feed of a worker, or of its child. The scene must stay where it is. */
static void open_feed(struct scene *s, int in_child)
{
	s->source.pool = &s->pool;
	s->source.visit = in_child ? (struct tr_visit *)s : NULL;
	assert_int_equal(tr_feed_open_pool(&s->feed, &s->source, &all, NULL), TR_OK);
	snprintf(s->feed->place.epoch, sizeof(s->feed->place.epoch), "%s", s->t->epoch);
}

static void end(struct scene *s)
{
	if (s->feed)
		s->feed->ops->close(s->feed);
	tr_buf_free(&s->out);
	tr_bells_free(&s->pool.bells);
	tr_ring_free(s->pool.ring);
	tr_scoreboard_free(s->pool.board);
}

/* A row that the ring alone has. */
static void add(struct scene *s, int64_t id, const char *frame, size_t frame_len)
{
	struct tr_ring_row row = {.id = id, .name = "log", .frame_len = frame_len};

	tr_ring_add(s->pool.ring, &row, frame);
	tr_ring_publish(s->pool.ring, id);
}

/* A row, in the database and in the ring. */
static void commit(struct scene *s, int64_t id, size_t frame_len)
{
	char frame[LARGE + 1];

	run_sql(s->t->db, "INSERT INTO log (message) VALUES ('row %lld')", (long long)id);
	memset(frame, ' ', sizeof(frame));
	memcpy(frame, ":ring\n", 6);
	add(s, id, frame, frame_len);
}

static enum tr_err next(struct scene *s, struct tr_why *why)
{
	int ended = 0;

	tr_buf_clear(&s->out);
	return s->feed->ops->next(s->feed, &s->out, &ended, why);
}

static void rows_of_the_ring(void **state)
{
	struct scene s = make_scene(*state);

	open_feed(&s, 0);
	tr_ring_begin(s.pool.ring, &s.log, 0);
	commit(&s, 1, 6);
	assert_int_equal(s.feed->ops->look(s.feed), TR_LOOK_READ);
	assert_int_equal(next(&s, NULL), TR_OK);
	assert_string_equal(s.out.data, ":ring\n");
	assert_int_equal(s.feed->place.position, 1);
	assert_true(s.feed->ops->settled(s.feed));
	assert_int_equal(s.feed->ops->look(s.feed), TR_LOOK_WAIT);
	end(&s);
}

static void a_worker_that_is_lost_does_not_open_the_database(void **state)
{
	struct scene s = make_scene(*state);

	open_feed(&s, 0);
	tr_ring_begin(s.pool.ring, &s.log, 0);
	commit(&s, 1, LARGE);
	assert_int_equal(next(&s, NULL), TR_AWAY);
	assert_int_equal(s.out.len, 0);
	assert_int_equal(s.feed->place.position, 0);
	assert_false(s.feed->ops->settled(s.feed));
	assert_true(s.feed->ops->deadline_ns(s.feed) <
		    INT64_MAX); /* it tries again, whatever happens */
	end(&s);
}

static void its_child_reads_there_until_the_ring_can_take_over(void **state)
{
	struct scene s = make_scene(*state);

	open_feed(&s, 1);
	tr_ring_begin(s.pool.ring, &s.log, 0);
	commit(&s, 1, LARGE);
	assert_int_equal(next(&s, NULL), TR_OK);
	assert_non_null(strstr(s.out.data, "row 1"));
	assert_int_equal(s.feed->place.position, 1);
	assert_true(s.feed->ops->settled(s.feed));
	commit(&s, 2, 6);
	assert_int_equal(next(&s, NULL), TR_OK);
	assert_string_equal(s.out.data, ":ring\n");
	end(&s);
}

static void without_a_watcher_too(void **state)
{
	struct scene s = make_scene(*state);

	open_feed(&s, 1);
	run_sql(s.t->db, "INSERT INTO log (message) VALUES ('alone')");
	assert_int_equal(s.feed->ops->look(s.feed), TR_LOOK_READ);
	assert_int_equal(next(&s, NULL), TR_OK);
	assert_non_null(strstr(s.out.data, "alone"));
	end(&s);
}

static void a_file_that_is_not_the_streams(void **state)
{
	struct scene s = make_scene(*state);
	struct tr_why why = {0};

	open_feed(&s, 1);
	strcpy(s.feed->place.epoch, "another");
	assert_int_equal(next(&s, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "another database"));
	assert_int_equal(s.out.len, 0);

	tr_ring_begin(s.pool.ring, &s.log, 0);
	strcpy(s.feed->place.epoch, s.t->epoch);
	s.feed->ops->look(s.feed); /* now it knows the ring's number for it */
	s.log.inode = 2;
	tr_ring_begin(s.pool.ring, &s.log, 0);
	assert_int_equal(s.feed->ops->look(s.feed), TR_LOOK_REOPEN);
	assert_true(s.feed->ops->replaced(s.feed));
	end(&s);
}

static struct scene *begins; /* its watcher does, at the moment that somebody asks */

int __real_tr_ring_is_of(const struct tr_ring *ring, const char *epoch);
int __wrap_tr_ring_is_of(const struct tr_ring *ring, const char *epoch);

int __wrap_tr_ring_is_of(const struct tr_ring *ring, const char *epoch)
{
	if (begins)
		tr_ring_begin(begins->pool.ring, &begins->log, 1);
	return __real_tr_ring_is_of(ring, epoch);
}

/* The child was quicker than the watcher to open the file that is there now: what the ring said
 * of the one before is nothing to it. */
static void a_watcher_that_comes_to_the_streams_file_meanwhile(void **state)
{
	static const struct tr_filter one_job = {.jobs = {7}, .job_count = 1};
	struct scene s = make_scene(*state);

	open_feed(&s, 1);
	s.feed->filter = &one_job;
	s.feed->place.position = 1;
	strcpy(s.log.epoch, "another");
	tr_ring_begin(s.pool.ring, &s.log, 1000);
	memcpy(s.log.epoch, s.t->epoch, sizeof(s.log.epoch));
	begins = &s;
	assert_int_equal(next(&s, NULL), TR_OK);
	begins = NULL;
	assert_int_equal(s.feed->place.position, 1);
	end(&s);
}

static void no_database(void **state)
{
	struct scene s = make_scene(*state);
	struct tr_why why = {0};

	open_feed(&s, 1);
	s.source.db_path = "/nowhere/jobs.db";
	assert_int_equal(next(&s, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "/nowhere"));
	assert_false(s.feed->ops->settled(s.feed));
	end(&s);
}

/* A process that fills the ring faster than anybody reads it. */
static pid_t start_writer(struct scene *s)
{
	pid_t pid = fork();
	char frame[FAST_FRAME + 1];

	for (int64_t id = 1; pid == 0 && id <= FAST_ROWS; id++) {
		snprintf(frame, sizeof(frame), ":%-*lld\n", FAST_FRAME - 2, (long long)id);
		add(s, id, frame, FAST_FRAME);
	}
	if (pid == 0)
		_exit(0);
	return pid;
}

/* Each frame is the one behind the last. Returns the last. */
static int64_t assert_in_order(const struct tr_buf *out, int64_t last)
{
	for (size_t at = 0; at < out->len; at += FAST_FRAME)
		assert_int_equal(strtoll(out->data + at + 1, NULL, 10), ++last);
	return last;
}

/* What was appended before the ring lost it counts. After that no row is taken until the
 * database was read: not by the child either, which first asks the ring again. */
static void a_ring_that_overruns_it(void **state)
{
	struct scene s = make_scene(*state);
	int64_t last = 0;
	int lost = 0, away = 0, status;
	pid_t pid;

	open_feed(&s, 0);
	tr_ring_begin(s.pool.ring, &s.log, 0);
	pid = start_writer(&s);
	while (last < FAST_ROWS) {
		away = next(&s, NULL) == TR_AWAY ? away + 1 : 0;
		last = assert_in_order(&s.out, last);
		assert_int_equal(s.feed->place.position, last);
		if (away < 2)
			continue;
		s.feed->place.position = last = tr_ring_newest(s.pool.ring); /* as if read */
		away = 0;
		lost++;
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(lost > 0);
	end(&s);
}

static void no_descriptor_to_listen_with(void **state)
{
	struct scene s = make_scene(*state);
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
	    db_test(a_watcher_that_comes_to_the_streams_file_meanwhile),
	    db_test(no_database),
	    db_test(a_ring_that_overruns_it),
	    db_test(no_descriptor_to_listen_with),
	};

	return cmocka_run_group_tests_name("feed_pool", tests, NULL, NULL);
}
