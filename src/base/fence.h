/* fence.h: the directories that a process of the responder is confined to, by the files that it
 * uses.
 *
 * - A file's directory, not the file: databases, tokens and keys are replaced by renaming, and
 *   SQLite keeps more beside a database. The directory is the one where the file lies, if its
 *   path is a symbolic link.
 * - Where that is not there yet, the nearest one above it: a database that is made later is
 *   served at once, and tr_fence_moved() then says that a narrower fence can be had.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_FENCE_H
#define TR_BASE_FENCE_H

#include <sys/types.h>

#include "base/landlock.h"

#define TR_FENCE_FILES 24

/* {0} before. */
struct tr_fence {
	int count;
	struct {
		const char *file; /* the caller's; must outlive this */
		enum tr_may may;
		dev_t device; /* of its directory, when the fence was shut */
		ino_t inode;
	} files[TR_FENCE_FILES];
};

/* Lets a file's directory in. file may be NULL: none. */
void tr_fence_let(struct tr_fence *fence, const char *file, enum tr_may may);

/* Confines this process to those directories, where the kernel has Landlock. */
void tr_fence_shut(struct tr_fence *fence);

/* Whether one of them is no longer the directory that it was: a process forked now could use
 * what this one cannot. */
int tr_fence_moved(const struct tr_fence *fence);

#endif
