/* relay.c: passes bytes from one descriptor to another, unchanged and at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int tr_relay_out(int fd, size_t *piece_bytes)
{
	char path[32];
	struct stat st;
	int own = -1;

	*piece_bytes = TR_RELAY_BYTES;
	if (fstat(fd, &st))
		return fd;
	if (S_ISFIFO(st.st_mode) || isatty(fd)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	if (own >= 0)
		return own;
	/* A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)). */
	if (!S_ISREG(st.st_mode))
		*piece_bytes = PIPE_BUF;
	return fd;
}

void tr_relay_poll(const struct tr_relay *relay, struct pollfd *fd)
{
	int waits = relay->at < relay->len;

	fd->fd = waits ? relay->to : relay->from;
	fd->events = waits ? POLLOUT : POLLIN;
	fd->revents = 0;
}

size_t tr_relay_read(struct tr_relay *relay)
{
	ssize_t got = read(relay->from, relay->bytes, sizeof(relay->bytes));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) { /* EIO: the last one closed the terminal */
		close(relay->from);
		relay->from = -1;
		return 0;
	}
	relay->at = 0;
	relay->len = (size_t)got;
	return relay->len;
}

int tr_relay_write(struct tr_relay *relay)
{
	while (relay->at < relay->len) {
		size_t len = relay->len - relay->at;
		struct pollfd room = {.fd = relay->to, .events = POLLOUT};
		ssize_t put;

		if (relay->to < 0) {
			relay->at = relay->len;
			return 0;
		}
		if (poll(&room, 1, 0) == 0)
			return 0;
		put = write(relay->to, relay->bytes + relay->at,
		    len < relay->piece_bytes ? len : relay->piece_bytes);
		if (put < 0 && errno != EAGAIN && errno != EINTR) {
			relay->to = -1;
			relay->at = relay->len;
			return errno;
		}
		if (put > 0)
			relay->at += (size_t)put;
	}
	return 0;
}
