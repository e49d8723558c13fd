/* relay.h: passes bytes from one descriptor to another, unchanged and at once.
 *
 * - What the receiver does not take stays here, and nothing more is read until it does: a
 *   terminal that blocks holds the command up just as it would without a runner.
 * - Never blocks, as far as the receiver can be written without (see tr_relay_out()).
 * - A receiver that fails (a full disk, a pipe that nobody reads) is given up; what comes is
 *   then read and thrown away.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_RELAY_H
#define TR_RUN_RELAY_H

#include <poll.h>
#include <stddef.h>

#define TR_RELAY_BYTES 65536

struct tr_relay {
	int from;	    /* non-blocking; -1: it ended */
	int to;		    /* -1: given up */
	size_t at, len;	    /* what waits is bytes[at] to bytes[len - 1] */
	size_t piece_bytes; /* how much is written at once */
	char bytes[TR_RELAY_BYTES];
};

/* Prepares a receiver: a descriptor of its own for a terminal or a pipe, without blocking for
 * whoever shares the given one. Returns the descriptor to write to, which is fd itself where it
 * cannot be opened again, and sets *piece_bytes to what may be written at once when poll()
 * says that there is room. */
int tr_relay_out(int fd, size_t *piece_bytes);

/* Fills in what is to be waited for; fd -1: nothing. */
void tr_relay_poll(const struct tr_relay *relay, struct pollfd *fd);

/* Reads once, when nothing waits. Returns how many bytes came, and they wait now; 0: none; the
 * end closes `from`. */
size_t tr_relay_read(struct tr_relay *relay);

/* Writes what waits, as far as there is room. 0, or the errno for which the receiver was given
 * up just now. */
int tr_relay_write(struct tr_relay *relay);

#endif
