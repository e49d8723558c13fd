/* bells.h: how the watcher wakes the workers that a row concerns, and no others.
 *
 * - A bell is an eventfd that every process inherits and nobody ever reads: each write makes
 *   every edge-triggered epoll that has it ready once. So a ring is one system call however
 *   many listen, none is lost, and rings that come faster than a worker wakes are one.
 * - A worker's epoll is its own, made after the fork: a shared one would wake one of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_BELLS_H
#define TR_POOL_BELLS_H

#include "base/err.h"
#include "pool/scoreboard.h"

struct tr_bells {
	int fds[TR_BELLS];
};

/* Makes the bells, for processes forked later. TR_OK, or TR_SYS with the reason in *why, and
 * there is nothing to free. */
enum tr_err tr_bells_make(struct tr_bells *bells, struct tr_why *why);

/* Closes them in this process; the others keep theirs. */
void tr_bells_free(struct tr_bells *bells);

/* Rings every bell of the set. */
void tr_bells_ring(const struct tr_bells *bells, const struct tr_bell_set *set);

/* A descriptor that polls readable when a bell of the set has rung; the caller closes it.
 * -1: the system has none to give, and errno says why. */
int tr_bells_listen(const struct tr_bells *bells, const struct tr_bell_set *set);

/* Forgets the rings so far, so that the descriptor polls readable at the next. */
void tr_bells_heard(int listener);

#endif
