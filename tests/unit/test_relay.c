/* test_relay.c: bytes go through unchanged, wait where the receiver does, and outlive it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/relay.h"

static struct tr_relay relay;
static int source, sink; /* the other ends */

static int begin(void **state)
{
	int in[2], out[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (pipe(in) || pipe(out))
		return -1;
	fcntl(in[0], F_SETFL, O_NONBLOCK);
	relay = (struct tr_relay){.from = in[0]};
	source = in[1];
	sink = out[0];
	relay.to = tr_relay_out(out[1], &relay.piece_bytes);
	assert_int_not_equal(relay.to, out[1]); /* a descriptor of its own */
	assert_true(fcntl(relay.to, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(out[1], F_GETFL) & O_NONBLOCK);
	close(out[1]);
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(relay.from);
	close(relay.to);
	close(source);
	close(sink);
	return 0;
}

static void bytes_go_through(void **state)
{
	char got[16];

	(void)state;
	assert_int_equal(write(source, "a\0\xff\n", 4), 4);
	assert_int_equal(tr_relay_read(&relay), 4);
	assert_int_equal(tr_relay_write(&relay), 0);
	assert_int_equal(read(sink, got, sizeof(got)), 4);
	assert_memory_equal(got, "a\0\xff\n", 4);
	assert_int_equal(tr_relay_read(&relay), 0);
	assert_true(relay.from >= 0); /* nothing there is no end */
}

static void what_is_not_taken_waits(void **state)
{
	static char piece[4096], got[1 << 20];
	struct pollfd fd;
	size_t sent = 0, came = 0;
	ssize_t len;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	do { /* until the receiver's pipe is full */
		assert_int_equal(write(source, piece, sizeof(piece)), sizeof(piece));
		sent += sizeof(piece);
		assert_int_equal(tr_relay_read(&relay), sizeof(piece));
		assert_int_equal(tr_relay_write(&relay), 0);
		tr_relay_poll(&relay, &fd);
	} while (fd.fd == relay.from);
	assert_int_equal(fd.fd, relay.to);
	assert_int_equal(fd.events, POLLOUT);
	assert_true(sent < sizeof(got));

	while ((len = read(sink, got, sizeof(got))) > 0 && (came += (size_t)len) < sent)
		assert_int_equal(tr_relay_write(&relay), 0);
	assert_int_equal(came, sent);
	tr_relay_poll(&relay, &fd);
	assert_int_equal(fd.fd, relay.from);
}

static void a_receiver_that_has_gone_is_given_up_once(void **state)
{
	(void)state;
	close(sink);
	assert_int_equal(write(source, "one", 3), 3);
	assert_int_equal(tr_relay_read(&relay), 3);
	assert_int_equal(tr_relay_write(&relay), EPIPE);
	assert_int_equal(write(source, "two", 3), 3);
	assert_int_equal(tr_relay_read(&relay), 3);
	assert_int_equal(tr_relay_write(&relay), 0);
	assert_true(relay.at == relay.len);
	sink = dup(source);
}

static void the_end_closes_the_sender(void **state)
{
	(void)state;
	close(source);
	assert_int_equal(tr_relay_read(&relay), 0);
	assert_int_equal(relay.from, -1);
	source = dup(sink);
}

/* The offset of a file, and O_APPEND, are shared with others: it is not opened again. */
static void a_file_is_written_as_it_is(void **state)
{
	FILE *file = tmpfile();
	size_t piece_bytes;

	(void)state;
	assert_int_equal(tr_relay_out(fileno(file), &piece_bytes), fileno(file));
	assert_int_equal(piece_bytes, TR_RELAY_BYTES);
	fclose(file);
}

#define relay_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    relay_test(bytes_go_through),
	    relay_test(what_is_not_taken_waits),
	    relay_test(a_receiver_that_has_gone_is_given_up_once),
	    relay_test(the_end_closes_the_sender),
	    relay_test(a_file_is_written_as_it_is),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
