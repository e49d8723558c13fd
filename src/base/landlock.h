/* landlock.h: confines a process to some directories (landlock(7)).
 *
 * - By system calls, and with our own names for them: the C library has no functions for them,
 *   and the headers of the oldest Debian that we build on do not know them.
 * - Whatever the kernel knows is taken away, too: TCP (ABI 4), and signals and abstract sockets
 *   of processes outside (ABI 6).
 * - A directory is what it is now: one that is put in its place later is another.
 * - stat(), access() and inotify are not confined.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_LANDLOCK_H
#define TR_BASE_LANDLOCK_H

#include <stddef.h>

#include "base/err.h"

/* What may be done with the files of a directory. */
enum tr_may {
	TR_MAY_READ,
	/* What a reader of a database needs: SQLite makes and writes the -shm and -wal, which a
	 * rule for the directory cannot tell from the database. */
	TR_MAY_SHARE,
	/* The same, and delete: what a writer does with a journal, and the last one to close
	 * with the -wal. */
	TR_MAY_WRITE,
};

struct tr_landlock_place {
	const char *path; /* of a directory, or for TR_MAY_READ of a file; NULL: of none */
	enum tr_may may;
};

/* The version of Landlock in this kernel; 0: it has none, or it is switched off. */
int tr_landlock_abi(void);

/* Takes everything else away from this process and those that it forks, for good. A place that
 * is not there is left out. Needs PR_SET_NO_NEW_PRIVS. TR_OK; or TR_SYS, and all is as it was:
 * the kernel has no Landlock, errno says why. */
enum tr_err tr_landlock_enter(const struct tr_landlock_place *places, size_t count);

#endif
