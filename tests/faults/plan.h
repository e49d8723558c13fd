/* plan.h: which call is to fail, as the driver says it and the shim reads it.
 *
 * - One file, mapped by the driver (sweep.py, which knows this layout) and by each process of
 *   the program under test.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FAULTS_PLAN_H
#define FAULTS_PLAN_H

#include <stdatomic.h>
#include <stdint.h>

#define PLAN_TRACE_BYTES 4000
#define PLAN_CALLS 65536

/* What a call belongs to. */
enum family {
	FAMILY_ALLOC,
	FAMILY_READ,
	FAMILY_WRITE,
	FAMILY_SYNC,
	FAMILY_OPEN,
	FAMILY_STAT,
	FAMILY_MAP,
	FAMILY_LOCK,
	FAMILY_POLL,
	FAMILY_FORK,
	FAMILY_NOTIFY,
};

/* What is known of a call that moves bytes: how it can fail follows. */
enum trait {
	TRAIT_MOVES = 1,
	TRAIT_FILE = 2,	    /* in a file: it cannot be interrupted, but be full */
	TRAIT_NONBLOCK = 4, /* it may have to come again */
	TRAIT_MANY = 8,	    /* more than one byte: it may do half */
};

struct plan_call {
	uint64_t path; /* a number for the way through the program that led to it */
	uint32_t family;
	uint32_t traits;
};

struct plan {
	_Atomic uint32_t armed; /* calls are counted */
	uint32_t family;
	uint32_t at;	/* the number of the call that fails, from 1; 0: none */
	int32_t error;	/* its errno; 0: it does half of what it was to do */
	int32_t depth;	/* only in processes so many forks below the first; -1: in all */
	uint32_t lasts; /* all after it fail too */
	_Atomic uint32_t count;
	_Atomic uint32_t struck;
	char call[32];
	int32_t fd; /* the call's; -1: it has none */
	int32_t struck_depth;
	char trace[PLAN_TRACE_BYTES];	    /* where it was: a line MODULE+0xOFFSET a frame */
	struct plan_call calls[PLAN_CALLS]; /* of each family, where none is to fail */
};

#endif
