/* own.h: what the two lanes of another program's table have in common: where they learn that
 * something was committed.
 *
 * - In the pool that is the bell of the section's channel, which a process of its own keeps;
 *   a process that serves alone has a channel and a keeper within.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_OWN_H
#define TR_STREAM_OWN_H

#include "stream/keeper.h"
#include "stream/lane.h"

struct tr_own {
	struct tr_lane lane;
	const struct tr_source *source;
	const struct tr_section *section;
	struct tr_params params;
	struct tr_place place;
	struct tr_channel *channel;
	int listener; /* in the pool: the bell; -1 otherwise */
	int is_kept;  /* the next two are open: the process serves alone */
	struct tr_keeper keeper;
	struct tr_channel inner;
	int64_t again_ns;  /* when to look again, whatever happens; INT64_MAX */
	struct tr_why why; /* with which the keeper failed */
	enum tr_err err;
};

/* Opens what the section of that lane is watched by. TR_OK; otherwise the sentence is in *why;
 * to be released with tr_own_close() in both cases. */
enum tr_err tr_own_open(struct tr_own *own, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why);

/* Lets a keeper within do its work, and forgets the rings so far. A failure of the keeper is
 * kept for the lane's next(). */
void tr_own_look(struct tr_own *own);

/* Appends the hello frame, with a cursor unless a snapshot follows: a client that is cut off
 * between the two must get the snapshot. */
void tr_own_hello(const struct tr_own *own, struct tr_buf *out, int64_t newest, int resumed,
    int snapshot_follows);

/* The lane's ops that both share. */
int tr_own_fd(const struct tr_lane *lane);
int64_t tr_own_deadline_ns(const struct tr_lane *lane);
struct tr_place *tr_own_place(struct tr_lane *lane);

void tr_own_close(struct tr_own *own);

#endif
