/* scoreboard.h: who in the pool does what, in memory that all its processes share.
 *
 * - A seat is written by the worker that has it, and cleared by the supervisor when that
 *   worker has died: so a kill -9 leaves nothing behind.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_SCOREBOARD_H
#define TR_POOL_SCOREBOARD_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "pool/metrics.h"
#include "pool/ring.h"

enum tr_seat_state {
	TR_SEAT_EMPTY,	 /* nobody's */
	TR_SEAT_IDLE,	 /* its worker waits for a request */
	TR_SEAT_REQUEST, /* its worker answers one */
	TR_SEAT_STREAM,	 /* its worker carries a stream */
};

/* A set of buckets of jobs, for each of which there is a bell (bells.h): the last one is for
 * rows of any job, and of none. */
#define TR_BELLS (TR_BUCKETS + 1)
#define TR_BELL_ALL TR_BUCKETS

struct tr_bell_set {
	uint64_t bits[(TR_BELLS + 63) / 64];
};

void tr_bell_set_add(struct tr_bell_set *set, int bell);
int tr_bell_set_has(const struct tr_bell_set *set, int bell);

struct tr_scoreboard;
struct tr_seat;

/* Makes a board for so many streams at once, with seats to spare for short requests, and
 * shares it with every process forked later. TR_OK, or TR_SYS with the reason in *why. */
enum tr_err tr_scoreboard_make(
    struct tr_scoreboard **out, int max_streams, int max_per_client, struct tr_why *why);

/* Unmaps it and closes its bell in this process; the others keep theirs. */
void tr_scoreboard_free(struct tr_scoreboard *board);

/* For the supervisor. The first empty seat, or NULL where all are taken. */
struct tr_seat *tr_scoreboard_empty_seat(struct tr_scoreboard *board);

/* Gives an empty seat to a process just forked, which is idle. */
void tr_seat_give(struct tr_seat *seat, pid_t pid);

/* Clears the seat of a process that has died. Returns 1, or 0 where pid had none. */
int tr_scoreboard_clear(struct tr_scoreboard *board, pid_t pid);

/* Calls kill() with that signal for each process that has a seat; returns how many. */
int tr_scoreboard_signal(struct tr_scoreboard *board, int signal_number);

/* How many more idle workers there should be (negative: fewer). */
int tr_scoreboard_wanted(struct tr_scoreboard *board);

/* The descriptor that is readable when a worker may be wanted; read 8 bytes from it. */
int tr_scoreboard_bell(const struct tr_scoreboard *board);

/* For the worker. Says that a request has come; rings the bell if spares run low. */
void tr_seat_begin(struct tr_seat *seat);

/* Makes the request a stream of that client, whose name is an address or the like. Returns
 * 1, or 0 where max_streams are open already, or max_per_client of the same client's. */
int tr_seat_take_stream(struct tr_seat *seat, const char *client);

/* How many streams are open. */
int tr_scoreboard_streams(const struct tr_scoreboard *board);

/* How many may be. */
int tr_scoreboard_max_streams(const struct tr_scoreboard *board);

/* The counters that all processes of the pool share. */
struct tr_metrics *tr_scoreboard_metrics(struct tr_scoreboard *board);

/* Says which bells this worker's stream listens to, until the request is done. */
void tr_seat_listen(struct tr_seat *seat, const struct tr_bell_set *set);

/* For the watcher: how many streams listen to any of these bells. */
int tr_scoreboard_listeners(const struct tr_scoreboard *board, const struct tr_bell_set *set);

/* Says that the request is done. Returns 1, or 0: too many are idle, the worker may go. */
int tr_seat_end(struct tr_seat *seat);

#endif
