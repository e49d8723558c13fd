/* group.h: who is in a process group, as /proc shows it.
 *
 * - Zombies do not count: whoever should bury them may never do so.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_GROUP_H
#define TR_RUN_GROUP_H

#include <sys/types.h>

/* Whether anybody is in the group. */
int tr_group_lives(pid_t group);

/* Sends a signal (0: none) to those of this process's own group that descend from it, and
 * returns how many there are. One that is forked meanwhile may be missed. */
int tr_group_kin(int signal_number);

#endif
