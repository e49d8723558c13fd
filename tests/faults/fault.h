/* fault.h: which of the calls that calls.c stands in for is to fail.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FAULTS_FAULT_H
#define FAULTS_FAULT_H

#include <stddef.h>

#include "plan.h"

/* Above 0 in calls of our own, which are not counted. */
extern __thread int fault_inside __attribute__((tls_model("initial-exec")));

/* Whether this call fails; then errno is set. fd: the descriptor that it is about, or -1. */
int fault_strikes(enum family family, const char *call, int fd);

/* The same for one that moves len bytes at fd. */
int fault_strikes_move(enum family family, const char *call, int fd, size_t len);

/* With what the call that was just struck fails; 0: it does half. */
int fault_error(void);

/* In a child just forked. */
void fault_forked(void);

/* Nothing fails any more in this process. Returns how many forks it is below the first. */
int fault_leave(void);

#endif
