/* channel.c: what the pool shares about the stream of another program's table.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/channel.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

struct tr_channel_news {
	_Atomic uint32_t rings;
};

enum tr_err tr_channel_make(struct tr_channel *channel, struct tr_why *why)
{
	void *news = mmap(NULL, sizeof(*channel->news), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*channel = (struct tr_channel){.bell = -1};
	if (news == MAP_FAILED)
		return tr_fail(why, TR_SYS, "no shared memory: %s", strerror(errno));
	channel->news = news;
	channel->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (channel->bell < 0)
		return tr_fail(why, TR_SYS, "eventfd: %s", strerror(errno));
	return tr_image_make(&channel->image, why);
}

void tr_channel_free(struct tr_channel *channel)
{
	if (channel->image)
		tr_image_free(channel->image);
	if (channel->bell >= 0)
		close(channel->bell);
	if (channel->news)
		munmap(channel->news, sizeof(*channel->news));
	*channel = (struct tr_channel){.bell = -1};
}

void tr_channel_ring(struct tr_channel *channel)
{
	const uint64_t one = 1;

	atomic_fetch_add(&channel->news->rings, 1);
	if (write(channel->bell, &one, sizeof(one)) < 0)
		return; /* EAGAIN after 2^64 - 2 rings: never */
}

uint32_t tr_channel_rings(const struct tr_channel *channel)
{
	return atomic_load(&channel->news->rings);
}

int tr_channel_listen(const struct tr_channel *channel)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int listener = epoll_create1(EPOLL_CLOEXEC);

	if (listener >= 0 && epoll_ctl(listener, EPOLL_CTL_ADD, channel->bell, &event) != 0) {
		close(listener);
		return -1;
	}
	return listener;
}
