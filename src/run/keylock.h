/* keylock.h: one runner at a time for each key.
 *
 * - A flock() on a file beside the database, so that it holds for all users who publish there;
 *   where that cannot be made, in the user's own spool directory. The system lets go of it when
 *   the last process that holds it ends, however it ends.
 * - Between hosts only the beats in the job table can tell: see tr_ledger_rival().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_KEYLOCK_H
#define TR_RUN_KEYLOCK_H

#include <limits.h>

#include "base/err.h"

struct tr_keylock {
	int fd; /* inherited by the writer, not by the command; -1: none */
	char path[PATH_MAX];
};

/* Takes the lock of that key, and waits a second for one whose holder is just ending. TR_OK;
 * TR_BUSY: another runner has it; TR_SYS: no file can be made. The sentence is in *why, and
 * there is nothing to release. */
enum tr_err tr_keylock_take(
    struct tr_keylock *lock, const char *db, const char *key, struct tr_why *why);

/* Removes the file and lets go, as far as this process is concerned. */
void tr_keylock_drop(struct tr_keylock *lock);

#endif
