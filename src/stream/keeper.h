/* keeper.h: watches the database of another program's table, and keeps a channel up to date.
 *
 * - In the pool it is a process of its own; a process that serves alone has one within.
 * - In table mode it reads the result, once for all viewers, and rests afterwards four times
 *   as long as that took: a large result that changes all the time takes a fifth of one
 *   processor at most. In append mode it only tells that something was committed.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_KEEPER_H
#define TR_STREAM_KEEPER_H

#include <stdint.h>

#include "base/fence.h"
#include "pool/channel.h"
#include "table/result.h"
#include "table/statement.h"
#include "watch/watch.h"

struct tr_keeper {
	const struct tr_section *section;
	struct tr_channel *channel;
	struct tr_statement statement;
	struct tr_watch *watch;
	struct tr_result result;
	int64_t rest_ns; /* no read before this */
};

/* Opens the section's database; section and channel outlive the keeper. TR_OK, and it is to
 * be released with tr_keeper_close(); otherwise the sentence is in *why. */
enum tr_err tr_keeper_open(struct tr_keeper *keeper, const struct tr_section *section,
    struct tr_channel *channel, struct tr_why *why);

/* As tr_watch_fd() and tr_watch_deadline_ns(). */
int tr_keeper_fd(const struct tr_keeper *keeper);
int64_t tr_keeper_deadline_ns(const struct tr_keeper *keeper);

/* Looks, and brings the channel up to date. TR_OK; otherwise the sentence is in *why, the
 * image says it too, and the keeper is to be closed. */
enum tr_err tr_keeper_work(struct tr_keeper *keeper, struct tr_why *why);

void tr_keeper_close(struct tr_keeper *keeper);

/* The pool's process: keeps the channel until a signal asks to stop, or the fence has moved.
 * While the database cannot be read it tries each second. Returns the exit status. */
int tr_keeper_run(
    const struct tr_section *section, struct tr_channel *channel, const struct tr_fence *fence);

#endif
