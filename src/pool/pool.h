/* pool.h: the processes of tailrow.fcgi: guardian, supervisor, watcher, workers.
 *
 * - The guardian forks the supervisor and waits; each of the two starts the other again if
 *   it dies (guardian.h says why).
 * - The supervisor keeps spare workers ahead of the requests, and one watcher, and holds the
 *   listening socket on descriptor 0 for them. It never opens the database.
 * - The watcher is the only process that watches the database and keeps it open. Each table
 *   of another program has a watcher of its own, so that one that is slow holds up no other.
 * - A worker serves one request at a time.
 * - PR_SET_PDEATHSIG ends watcher and workers with their supervisor, and all end with the
 *   web server, so that nothing is left over.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_POOL_H
#define TR_POOL_POOL_H

#include "base/err.h"
#include "pool/bells.h"
#include "pool/channel.h"
#include "pool/ring.h"
#include "pool/scoreboard.h"

#define TR_CHANNELS TR_SECTIONS_MAX

/* What the processes share. */
struct tr_pool {
	struct tr_scoreboard *board;
	struct tr_ring *ring;
	struct tr_bells bells;
	struct tr_channel channels[TR_CHANNELS]; /* of other programs' tables */
	int channel_count;
};

#define TR_NO_CHANNEL (-1)

/* What they do. Each function runs in a process of its own until that is asked to stop, and
 * returns its exit status; a watcher that ends is started again. One that returns 0 unasked
 * cannot reach its files any more, where a process forked now could: the workers are replaced
 * as well, each after its request. */
struct tr_pool_plan {
	int max_streams;
	int max_streams_per_client;
	int channels; /* at most TR_CHANNELS */
	/* channel: the number of the one that it fills; TR_NO_CHANNEL: it fills the ring. */
	int (*watch)(const void *arg, struct tr_pool *pool, int channel);
	int (*work)(const void *arg, struct tr_pool *pool, struct tr_seat *seat);
	/* Reads the settings again, into the plan. Returns 0; otherwise it said why, and all
	 * stays as it was. */
	int (*reload)(void *arg);
	void *arg;
};

/* Runs the pool until SIGTERM or SIGINT: then the workers end their streams in order, and
 * all are gone within 2 s. On SIGHUP it reads the settings again and replaces all processes
 * but the guardian. Returns the exit status for main(). */
int tr_pool_run(struct tr_pool_plan *plan);

#endif
