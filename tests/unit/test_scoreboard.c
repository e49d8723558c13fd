/* test_scoreboard.c: seats, streams and spares, also while many take them at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/scoreboard.h"

#define SOMEBODY 1000000 /* pids, on a board where nobody is signalled */

static struct tr_scoreboard *make_for(int max_streams, int max_per_client)
{
	struct tr_scoreboard *board;
	struct tr_why why = {0};

	if (tr_scoreboard_make(&board, max_streams, max_per_client, &why))
		fail_msg("%s", why.text);
	return board;
}

/* A board on which one client may have all streams. */
static struct tr_scoreboard *make(int max_streams)
{
	return make_for(max_streams, max_streams);
}

/* Gives the next empty seat to pid. */
static struct tr_seat *sit(struct tr_scoreboard *board, pid_t pid)
{
	struct tr_seat *seat = tr_scoreboard_empty_seat(board);

	assert_non_null(seat);
	tr_seat_give(seat, pid);
	return seat;
}

/* Gives a seat to pid, which then asks for a stream. */
static int stream(struct tr_scoreboard *board, pid_t pid, struct tr_seat **seat)
{
	*seat = sit(board, pid);
	tr_seat_begin(*seat);
	return tr_seat_take_stream(*seat, "192.0.2.1");
}

static int rings(const struct tr_scoreboard *board)
{
	struct pollfd fd = {.fd = tr_scoreboard_bell(board), .events = POLLIN};
	uint64_t count;

	return poll(&fd, 1, 0) == 1 && read(fd.fd, &count, sizeof(count)) == sizeof(count);
}

static void every_seat_once(void **state)
{
	struct tr_scoreboard *board = make(3);
	struct tr_seat *seat, *last = NULL;
	int count = 0;

	(void)state;
	while ((seat = tr_scoreboard_empty_seat(board))) {
		assert_ptr_not_equal(seat, last);
		tr_seat_give(seat, SOMEBODY + count++);
		last = seat;
	}
	assert_true(count > 3 + 16); /* answers that all is taken need seats too */
	assert_int_equal(tr_scoreboard_clear(board, SOMEBODY + 5), 1);
	assert_non_null(tr_scoreboard_empty_seat(board));
	assert_int_equal(tr_scoreboard_clear(board, SOMEBODY + 5), 0);
	assert_int_equal(tr_scoreboard_clear(board, SOMEBODY + count), 0);
	sit(board, SOMEBODY);
	assert_null(tr_scoreboard_empty_seat(board));
}

static void as_many_streams_as_agreed(void **state)
{
	struct tr_scoreboard *board = make(3);
	struct tr_seat *seats[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(stream(board, SOMEBODY + i, &seats[i]), i < 3);
	assert_int_equal(tr_seat_take_stream(seats[3], "192.0.2.1"), 0);
	tr_seat_end(seats[3]); /* had none, and so returns none */
	tr_seat_begin(seats[3]);
	assert_int_equal(tr_seat_take_stream(seats[3], "192.0.2.1"), 0);
	tr_seat_end(seats[0]);
	assert_int_equal(tr_seat_take_stream(seats[3], "192.0.2.1"), 1);
	tr_seat_begin(seats[0]);
	assert_int_equal(tr_seat_take_stream(seats[0], "192.0.2.1"), 0);
}

/* One client may not have them all; who is refused has none, of either count. */
static void as_many_of_one_client(void **state)
{
	struct tr_scoreboard *board = make_for(4, 2);
	struct tr_seat *seats[6];

	(void)state;
	assert_int_equal(tr_scoreboard_max_streams(board), 4);
	for (int i = 0; i < 6; i++) {
		seats[i] = sit(board, SOMEBODY + i);
		tr_seat_begin(seats[i]);
	}
	assert_int_equal(tr_seat_take_stream(seats[0], "192.0.2.1"), 1);
	assert_int_equal(tr_seat_take_stream(seats[1], "192.0.2.1"), 1);
	assert_int_equal(tr_seat_take_stream(seats[2], "192.0.2.1"), 0);
	assert_int_equal(tr_seat_take_stream(seats[2], "192.0.2.1"), 0);
	assert_int_equal(tr_scoreboard_streams(board), 2);
	assert_int_equal(tr_seat_take_stream(seats[2], "192.0.2.2"), 1);
	assert_int_equal(tr_seat_take_stream(seats[3], ""), 1);
	assert_int_equal(tr_seat_take_stream(seats[4], "192.0.2.3"), 0);
	assert_int_equal(tr_scoreboard_streams(board), 4);
	tr_seat_end(seats[0]);
	tr_scoreboard_clear(board, SOMEBODY + 3);
	assert_int_equal(tr_scoreboard_streams(board), 2);
	assert_int_equal(tr_seat_take_stream(seats[4], "192.0.2.1"), 1);
	assert_int_equal(tr_seat_take_stream(seats[5], "192.0.2.1"), 0);
	assert_int_equal(tr_seat_take_stream(seats[5], "192.0.2.2"), 1);
}

/* What the takers of one test share. */
struct arena {
	struct tr_scoreboard *board;
	int limit;
	_Atomic int ready, go, inside, too_many, taken, refused;
};

static void take_and_leave(struct arena *a, struct tr_seat *seat, int rounds)
{
	atomic_fetch_add(&a->ready, 1);
	while (!atomic_load(&a->go))
		usleep(100);
	for (int i = 0; i < rounds; i++) {
		tr_seat_begin(seat);
		if (tr_seat_take_stream(seat, "192.0.2.1")) {
			if (atomic_fetch_add(&a->inside, 1) >= a->limit)
				atomic_store(&a->too_many, 1);
			atomic_fetch_add(&a->taken, 1);
			if (i % 4 == 0)
				usleep(1);
			atomic_fetch_sub(&a->inside, 1);
		} else {
			atomic_fetch_add(&a->refused, 1);
		}
		tr_seat_end(seat);
	}
}

/* Forks that many takers, lets them go at once and waits for their end. */
static struct arena *fight(int max_streams, int max_per_client, int takers, int rounds)
{
	struct arena *a =
	    mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(a, MAP_FAILED);
	a->board = make_for(max_streams, max_per_client);
	a->limit = max_per_client < max_streams ? max_per_client : max_streams;
	for (int i = 0; i < takers; i++) {
		struct tr_seat *seat = tr_scoreboard_empty_seat(a->board);
		pid_t pid = fork();

		if (pid == 0) {
			alarm(20);
			take_and_leave(a, seat, rounds);
			_exit(0);
		}
		tr_seat_give(seat, pid);
	}
	while (atomic_load(&a->ready) < takers)
		usleep(1000);
	atomic_store(&a->go, 1);
	for (int i = 0; i < takers; i++) {
		int status;
		pid_t pid = wait(&status);

		assert_int_equal(status, 0);
		assert_int_equal(tr_scoreboard_clear(a->board, pid), 1);
	}
	return a;
}

/* So many and no more are inside at any moment; and none is lost on the way. */
static void never_more_than_agreed(void **state)
{
	struct arena *a = fight(5, 5, 16, 2000);
	struct tr_seat *seat;

	(void)state;
	assert_int_equal(a->too_many, 0);
	assert_int_equal(a->taken + a->refused, 16 * 2000);
	assert_true(a->taken > 0 && a->refused > 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(stream(a->board, SOMEBODY + i, &seat), i < 5);
	munmap(a, sizeof(*a));
}

static void never_more_of_one_client(void **state)
{
	struct arena *a = fight(100, 3, 12, 1000);

	(void)state;
	assert_int_equal(a->too_many, 0);
	assert_true(a->taken > 0 && a->refused > 0);
	assert_int_equal(tr_scoreboard_streams(a->board), 0);
	munmap(a, sizeof(*a));
}

/* Where there is a place for each, nobody is refused. */
static void never_fewer_than_agreed(void **state)
{
	struct arena *a = fight(8, 8, 8, 2000);

	(void)state;
	assert_int_equal(a->refused, 0);
	assert_int_equal(a->taken, 8 * 2000);
	munmap(a, sizeof(*a));
}

/* A worker that is killed in the middle of anything leaves nothing behind. */
static void a_killed_worker(void **state)
{
	struct tr_scoreboard *board = make(1);
	int idle = tr_scoreboard_wanted(board);
	struct tr_seat *seat;

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		int fds[2], status;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		seat = tr_scoreboard_empty_seat(board);
		pid = fork();
		if (pid == 0) {
			alarm(20);
			if (kind > 0)
				tr_seat_begin(seat);
			if (kind > 1 && !tr_seat_take_stream(seat, "192.0.2.1"))
				_exit(1);
			close(fds[1]);
			pause();
		}
		tr_seat_give(seat, pid);
		close(fds[1]);
		assert_int_equal(read(fds[0], &status, 1), 0); /* it has begun */
		close(fds[0]);
		assert_int_equal(tr_scoreboard_signal(board, SIGKILL), 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(tr_scoreboard_clear(board, pid), 1);
		assert_ptr_equal(tr_scoreboard_empty_seat(board), seat);
		assert_int_equal(tr_scoreboard_wanted(board), idle);
		assert_int_equal(tr_scoreboard_signal(board, 0), 0);
	}
	assert_int_equal(stream(board, SOMEBODY, &seat), 1);
}

/* The child may be at work before its parent has written its pid. */
static void a_child_faster_than_its_parent(void **state)
{
	struct tr_scoreboard *board = make(2);
	struct tr_seat *seat = tr_scoreboard_empty_seat(board), *other;
	int wanted = tr_scoreboard_wanted(board);

	(void)state;
	tr_seat_begin(seat);
	assert_int_equal(tr_seat_take_stream(seat, "192.0.2.1"), 1);
	tr_seat_give(seat, SOMEBODY);
	assert_int_equal(tr_scoreboard_wanted(board), wanted);
	other = tr_scoreboard_empty_seat(board);
	assert_ptr_not_equal(other, seat);
	assert_int_equal(tr_scoreboard_clear(board, SOMEBODY), 1);
	assert_ptr_equal(tr_scoreboard_empty_seat(board), seat);
}

static void spares_wanted(void **state)
{
	struct tr_scoreboard *board = make(100000);
	int least = tr_scoreboard_wanted(board), most = 0;
	struct tr_seat *seat;

	(void)state;
	assert_in_range(least, 1, 16);
	for (int i = 0; i < least; i++)
		sit(board, SOMEBODY + i);
	assert_int_equal(tr_scoreboard_wanted(board), 0);
	seat = sit(board, SOMEBODY + least);
	assert_int_equal(tr_scoreboard_wanted(board), -1);
	tr_seat_begin(seat);
	assert_int_equal(tr_scoreboard_wanted(board), 0);
	/* Where many streams are open many clients may come back at once. */
	for (int i = 0; i < 999; i++) {
		assert_int_equal(stream(board, SOMEBODY + 100 + i, &seat), 1);
		assert_true(tr_scoreboard_wanted(board) >= most);
		most = tr_scoreboard_wanted(board);
	}
	assert_in_range(most + least, least + 8, 64);
	for (int i = 0; i < 999; i++)
		tr_scoreboard_clear(board, SOMEBODY + 100 + i);
	assert_int_equal(tr_scoreboard_wanted(board), 0);
}

static void a_worker_may_go_where_many_are_idle(void **state)
{
	struct tr_scoreboard *board = make(100);
	struct tr_seat *busy;
	int idle = 0;

	(void)state;
	stream(board, SOMEBODY, &busy);
	assert_int_equal(tr_seat_end(busy), 1);
	tr_seat_begin(busy);
	while (tr_scoreboard_wanted(board) > 0)
		sit(board, SOMEBODY + ++idle);
	assert_int_equal(tr_seat_end(busy), 1); /* one too many is no reason to go */
	tr_seat_begin(busy);
	while (idle < 60)
		sit(board, SOMEBODY + ++idle);
	assert_int_equal(tr_seat_end(busy), 0);
}

static void the_bell(void **state)
{
	struct tr_scoreboard *board = make(100);
	struct tr_seat *seats[20];
	int count = 0;

	(void)state;
	assert_int_equal(rings(board), 0);
	for (; tr_scoreboard_wanted(board) > -1; count++)
		seats[count] = sit(board, SOMEBODY + count);
	assert_int_equal(rings(board), 0);
	tr_seat_begin(seats[0]); /* enough are left */
	assert_int_equal(tr_scoreboard_wanted(board), 0);
	assert_int_equal(rings(board), 0);
	tr_seat_begin(seats[1]);
	assert_int_equal(rings(board), 1);
	assert_int_equal(rings(board), 0);
	tr_seat_end(seats[1]);
	assert_int_equal(rings(board), 0);
}

static void signals_for_all_who_sit(void **state)
{
	struct tr_scoreboard *board = make(4);
	pid_t pids[3];

	(void)state;
	assert_int_equal(tr_scoreboard_signal(board, SIGTERM), 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			alarm(20);
			pause();
		}
		sit(board, pids[i]);
	}
	assert_int_equal(tr_scoreboard_signal(board, SIGTERM), 3);
	for (int i = 0; i < 3; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
		tr_scoreboard_clear(board, pids[i]);
	}
	assert_int_equal(tr_scoreboard_signal(board, SIGTERM), 0);
}

static void sets_of_bells(void **state)
{
	struct tr_bell_set set = {0};

	(void)state;
	for (int bell = 0; bell < TR_BELLS; bell++) {
		for (int other = 0; other < TR_BELLS; other++)
			assert_int_equal(tr_bell_set_has(&set, other), other < bell);
		tr_bell_set_add(&set, bell);
	}
	tr_bell_set_add(&set, TR_BELL_ALL);
	assert_int_equal(tr_bell_set_has(&set, TR_BELL_ALL), 1);
}

static void who_listens(void **state)
{
	struct tr_scoreboard *board = make(4);
	struct tr_bell_set one = {0}, two = {0}, all = {0};
	struct tr_seat *a, *b;

	(void)state;
	tr_bell_set_add(&one, 3);
	tr_bell_set_add(&two, 200);
	tr_bell_set_add(&two, 3);
	tr_bell_set_add(&all, TR_BELL_ALL);
	stream(board, SOMEBODY, &a);
	stream(board, SOMEBODY + 1, &b);
	assert_int_equal(tr_scoreboard_listeners(board, &one), 0);
	tr_seat_listen(a, &two);
	tr_seat_listen(b, &all);
	assert_int_equal(tr_scoreboard_listeners(board, &one), 1);
	assert_int_equal(tr_scoreboard_listeners(board, &all), 1);
	tr_seat_listen(b, &one); /* in place of the others */
	assert_int_equal(tr_scoreboard_listeners(board, &two), 2);
	assert_int_equal(tr_scoreboard_listeners(board, &all), 0);
	tr_seat_end(a);
	assert_int_equal(tr_scoreboard_listeners(board, &two), 1);
	tr_scoreboard_clear(board, SOMEBODY + 1);
	assert_int_equal(tr_scoreboard_listeners(board, &two), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_seat_once),
	    cmocka_unit_test(as_many_streams_as_agreed),
	    cmocka_unit_test(as_many_of_one_client),
	    cmocka_unit_test(never_more_than_agreed),
	    cmocka_unit_test(never_more_of_one_client),
	    cmocka_unit_test(never_fewer_than_agreed),
	    cmocka_unit_test(a_killed_worker),
	    cmocka_unit_test(a_child_faster_than_its_parent),
	    cmocka_unit_test(spares_wanted),
	    cmocka_unit_test(a_worker_may_go_where_many_are_idle),
	    cmocka_unit_test(the_bell),
	    cmocka_unit_test(signals_for_all_who_sit),
	    cmocka_unit_test(sets_of_bells),
	    cmocka_unit_test(who_listens),
	};

	return cmocka_run_group_tests_name("scoreboard", tests, NULL, NULL);
}
