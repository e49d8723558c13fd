/* machine.h: examines what the system lets a service of many streams have.
 *
 * - The limits are those of this process. A web server that was started in another way may
 *   have others.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_MACHINE_H
#define TR_DOCTOR_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "doctor/finding.h"

#define TR_NO_LIMIT INT64_MAX

struct tr_machine {
	int64_t inotify_instances; /* a user may have */
	int64_t inotify_watches;
	int inotify_error;   /* errno of trying one; 0: it can be had */
	int64_t descriptors; /* a process may have open */
	int64_t processes;
	const char *processes_by; /* what limits them; NULL: nothing */
	bool seccomp;		  /* the kernel has it */
	int landlock_abi;	  /* 0: it has none */
};

void tr_machine_measure(struct tr_machine *out);

/* Judges it for a service of so many streams, from a pool or (pool 0) each by itself. */
void tr_machine_judge(
    struct tr_findings *out, const struct tr_machine *machine, int64_t max_streams, bool pool);

#endif
