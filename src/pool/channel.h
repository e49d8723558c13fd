/* channel.h: what the pool shares about the stream of another program's table: its image,
 * that something was committed, and a bell.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_CHANNEL_H
#define TR_POOL_CHANNEL_H

#include <stdint.h>

#include "base/err.h"
#include "table/image.h"

struct tr_channel {
	struct tr_image *image; /* of table mode */
	int bell;		/* an eventfd, never read; as those in bells.h */
	struct tr_channel_news *news;
};

/* Makes a channel, shared with every process forked later. TR_OK, or TR_SYS with the reason
 * in *why; release it in both cases. */
enum tr_err tr_channel_make(struct tr_channel *channel, struct tr_why *why);

/* Lets go of it in this process; the others keep theirs. */
void tr_channel_free(struct tr_channel *channel);

/* For the watcher: something was committed, or the image is another. */
void tr_channel_ring(struct tr_channel *channel);

/* How often that was; to be asked before what was committed is read. */
uint32_t tr_channel_rings(const struct tr_channel *channel);

/* A descriptor that polls readable when the bell has rung since tr_bells_heard(); the caller
 * closes it. -1: the system has none to give, and errno says why. */
int tr_channel_listen(const struct tr_channel *channel);

#endif
