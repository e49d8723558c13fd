/* bells.c: how the watcher wakes the workers that a row concerns, and no others.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/bells.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum tr_err tr_bells_make(struct tr_bells *bells, struct tr_why *why)
{
	for (int i = 0; i < TR_BELLS; i++) {
		bells->fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (bells->fds[i] >= 0)
			continue;
		tr_fail(why, TR_SYS,
		    "eventfd: %s: a limit of at least 512 open files is needed",
		    strerror(errno));
		for (int made = 0; made < i; made++)
			close(bells->fds[made]);
		return TR_SYS;
	}
	return TR_OK;
}

void tr_bells_free(struct tr_bells *bells)
{
	for (int i = 0; i < TR_BELLS; i++)
		close(bells->fds[i]);
}

void tr_bells_ring(const struct tr_bells *bells, const struct tr_bell_set *set)
{
	const uint64_t one = 1;

	for (int i = 0; i < TR_BELLS; i++)
		if (tr_bell_set_has(set, i) && write(bells->fds[i], &one, sizeof(one)) < 0)
			continue; /* EAGAIN after 2^64 - 2 rings: never */
}

int tr_bells_listen(const struct tr_bells *bells, const struct tr_bell_set *set)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int listener = epoll_create1(EPOLL_CLOEXEC);

	for (int i = 0; listener >= 0 && i < TR_BELLS; i++) {
		if (!tr_bell_set_has(set, i))
			continue;
		if (epoll_ctl(listener, EPOLL_CTL_ADD, bells->fds[i], &event) != 0) {
			close(listener);
			return -1;
		}
	}
	return listener;
}

void tr_bells_heard(int listener)
{
	struct epoll_event events[16];

	while (epoll_wait(listener, events, 16, 0) == 16)
		continue;
}
