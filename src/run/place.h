/* place.h: the directories in which spools may lie.
 *
 * - In this order: $XDG_STATE_HOME/tailrow, ~/.local/state/tailrow, and, for those who have no
 *   home, tailrow-UID in $TMPDIR, /var/tmp and /dev/shm. /var/tmp before /tmp, because what
 *   waits there must outlive a reboot; /dev/shm for systems on which all else is read-only.
 * - A directory counts only where it is the user's own and nobody else may write there, so
 *   that nobody can put a link in the way of a file. A home of another user (su, sudo -E) is
 *   left alone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_PLACE_H
#define TR_RUN_PLACE_H

#include <limits.h>
#include <stdint.h>

#define TR_PLACES 5

/* A directory that is open. {-1} is none. */
struct tr_place {
	int fd;
	char path[PATH_MAX];
};

/* Opens the nth directory, 0 to TR_PLACES - 1, and makes it where make is set. 1: *place is
 * the caller's to close; 0: there is none. */
int tr_place_open(struct tr_place *place, int n, int make);

/* Opens the first with room_bytes to spare, or else the one that has most. As above. */
int tr_place_choose(struct tr_place *place, uint64_t room_bytes);

void tr_place_close(struct tr_place *place);

#endif
