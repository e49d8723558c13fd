/* scoreboard.c: who in the pool does what, in memory that all its processes share.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/scoreboard.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"

/* Seats beyond max_streams: short requests, and the answers that all places are taken. */
#define SHORT_SEATS 32

/* Idle workers to keep: some always, and more where many streams are open, because then
 * many clients can come back at once. */
#define SPARE_LEAST 4
#define SPARE_PER_BUSY 8 /* one for so many busy ones */
#define SPARE_MOST 32

struct tr_seat {
	struct tr_scoreboard *board; /* at the same address in every process: it is inherited */
	_Atomic pid_t pid;
	_Atomic int state;
	_Atomic uint64_t client; /* of a stream; 0: none */
	_Atomic uint64_t bells[sizeof(struct tr_bell_set) / sizeof(uint64_t)];
};

struct tr_scoreboard {
	int max_streams;
	int max_per_client;
	int seats_count;
	int bell;
	struct tr_metrics metrics;
	struct tr_seat seats[];
};

static size_t map_bytes(size_t seats_count)
{
	return sizeof(struct tr_scoreboard) + seats_count * sizeof(struct tr_seat);
}

enum tr_err tr_scoreboard_make(
    struct tr_scoreboard **out, int max_streams, int max_per_client, struct tr_why *why)
{
	size_t count = (size_t)max_streams + SHORT_SEATS + SPARE_MOST;
	struct tr_scoreboard *board = mmap(
	    NULL, map_bytes(count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*out = NULL;
	if (board == MAP_FAILED)
		return tr_fail(why, TR_SYS, "no shared memory: %s", strerror(errno));
	board->max_streams = max_streams;
	board->max_per_client = max_per_client;
	board->seats_count = (int)count;
	board->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (board->bell < 0)
		return tr_fail(why, TR_SYS, "eventfd: %s", strerror(errno));
	for (size_t i = 0; i < count; i++)
		board->seats[i].board = board;
	*out = board;
	return TR_OK;
}

void tr_scoreboard_free(struct tr_scoreboard *board)
{
	close(board->bell);
	munmap(board, map_bytes((size_t)board->seats_count));
}

void tr_bell_set_add(struct tr_bell_set *set, int bell)
{
	set->bits[bell / 64] |= UINT64_C(1) << bell % 64;
}

int tr_bell_set_has(const struct tr_bell_set *set, int bell)
{
	return set->bits[bell / 64] >> bell % 64 & 1;
}

static int count(const struct tr_scoreboard *board, int state)
{
	int n = 0;

	for (int i = 0; i < board->seats_count; i++)
		n += atomic_load(&board->seats[i].state) == state;
	return n;
}

struct tr_seat *tr_scoreboard_empty_seat(struct tr_scoreboard *board)
{
	for (int i = 0; i < board->seats_count; i++)
		if (atomic_load(&board->seats[i].state) == TR_SEAT_EMPTY)
			return &board->seats[i];
	return NULL;
}

void tr_seat_give(struct tr_seat *seat, pid_t pid)
{
	int empty = TR_SEAT_EMPTY;

	atomic_store(&seat->pid, pid);
	/* The child may have begun a request already. */
	atomic_compare_exchange_strong(&seat->state, &empty, TR_SEAT_IDLE);
}

static void leave(struct tr_seat *seat, enum tr_seat_state state)
{
	for (size_t i = 0; i < sizeof(seat->bells) / sizeof(seat->bells[0]); i++)
		atomic_store(&seat->bells[i], 0);
	atomic_store(&seat->client, 0);
	atomic_store(&seat->state, (int)state);
}

int tr_scoreboard_clear(struct tr_scoreboard *board, pid_t pid)
{
	for (int i = 0; i < board->seats_count; i++) {
		if (atomic_load(&board->seats[i].pid) != pid)
			continue;
		atomic_store(&board->seats[i].pid, 0);
		leave(&board->seats[i], TR_SEAT_EMPTY);
		return 1;
	}
	return 0;
}

int tr_scoreboard_signal(struct tr_scoreboard *board, int signal_number)
{
	int n = 0;

	for (int i = 0; i < board->seats_count; i++) {
		pid_t pid = atomic_load(&board->seats[i].pid);

		if (pid > 0 && kill(pid, signal_number) == 0)
			n++;
	}
	return n;
}

static int spare_wanted(struct tr_scoreboard *board)
{
	int wanted = SPARE_LEAST + count(board, TR_SEAT_STREAM) / SPARE_PER_BUSY;

	return wanted < SPARE_MOST ? wanted : SPARE_MOST;
}

int tr_scoreboard_wanted(struct tr_scoreboard *board)
{
	return spare_wanted(board) - count(board, TR_SEAT_IDLE);
}

int tr_scoreboard_bell(const struct tr_scoreboard *board)
{
	return board->bell;
}

void tr_seat_begin(struct tr_seat *seat)
{
	uint64_t one = 1;

	atomic_store(&seat->state, TR_SEAT_REQUEST);
	if (tr_scoreboard_wanted(seat->board) > 0 &&
	    write(seat->board->bell, &one, sizeof(one)) < 0)
		return; /* EAGAIN: it rings already */
}

/* Never 0. Two clients with the same number share a limit: no harm. */
static uint64_t number_of(const char *client)
{
	uint64_t number = tr_hash(TR_HASH_START, client, strlen(client));

	return number ? number : 1;
}

static int streams_of(const struct tr_scoreboard *board, uint64_t client)
{
	int n = 0;

	for (int i = 0; i < board->seats_count; i++)
		n += atomic_load(&board->seats[i].client) == client;
	return n;
}

int tr_seat_take_stream(struct tr_seat *seat, const char *client)
{
	struct tr_scoreboard *board = seat->board;
	uint64_t name = number_of(client);

	/* Each enters itself before it counts: two at once may both be refused, but never
	 * both be let in as the last. */
	atomic_store(&seat->client, name);
	atomic_store(&seat->state, TR_SEAT_STREAM);
	if (count(board, TR_SEAT_STREAM) <= board->max_streams &&
	    streams_of(board, name) <= board->max_per_client)
		return 1;
	atomic_store(&seat->state, TR_SEAT_REQUEST);
	atomic_store(&seat->client, 0);
	return 0;
}

int tr_scoreboard_streams(const struct tr_scoreboard *board)
{
	return count(board, TR_SEAT_STREAM);
}

int tr_scoreboard_max_streams(const struct tr_scoreboard *board)
{
	return board->max_streams;
}

struct tr_metrics *tr_scoreboard_metrics(struct tr_scoreboard *board)
{
	return &board->metrics;
}

int tr_seat_end(struct tr_seat *seat)
{
	leave(seat, TR_SEAT_IDLE);
	return tr_scoreboard_wanted(seat->board) > -SPARE_LEAST;
}

void tr_seat_listen(struct tr_seat *seat, const struct tr_bell_set *set)
{
	for (size_t i = 0; i < sizeof(seat->bells) / sizeof(seat->bells[0]); i++)
		atomic_store(&seat->bells[i], set->bits[i]);
}

static int listens(const struct tr_seat *seat, const struct tr_bell_set *set)
{
	for (size_t i = 0; i < sizeof(seat->bells) / sizeof(seat->bells[0]); i++)
		if (atomic_load(&seat->bells[i]) & set->bits[i])
			return 1;
	return 0;
}

int tr_scoreboard_listeners(const struct tr_scoreboard *board, const struct tr_bell_set *set)
{
	int n = 0;

	for (int i = 0; i < board->seats_count; i++)
		n += listens(&board->seats[i], set);
	return n;
}
