/* stop.h: SIGTERM and SIGINT as a question that a loop can ask.
 *
 * - A signal's disposition belongs to the whole process, and so does this: the one flag
 *   that a handler may set.
 * - Outside the two functions that wait, the signals are blocked, so that none can arrive
 *   between the question and the wait and be missed.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_STOP_H
#define TR_BASE_STOP_H

#include <poll.h>
#include <stdint.h>

/* Installs the handlers, ignores SIGPIPE (a write then says EPIPE) and blocks the signals.
 * To be called once in each process; a forked child inherits it. */
void tr_stop_install(void);

/* The signal that asked to stop; 0: none. */
int tr_stop_asked(void);

/* Lets waits end within 1 us of their time-out. By default the kernel may be 50 us late to save
 * power, which is as long as a whole commit takes. */
void tr_stop_precise_timers(void);

/* poll() for at most timeout_ns (negative: for ever) with the signals let in. Returns what
 * poll() returns; a signal is -1 with EINTR. */
int tr_stop_poll(struct pollfd *fds, nfds_t count, int64_t timeout_ns);

/* Lets the signals in (1) or blocks them again (0), around a wait that is not ours. */
void tr_stop_allow(int allow);

#endif
