/* tree.h: what guardian and supervisor know of each other.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_TREE_H
#define TR_POOL_TREE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "pool/pool.h"

/* In memory that they share. Each of the two starts the other, so neither knows the other's
 * file: what it is to run in the child stands here. */
struct tr_tree {
	/* Guards the pool until it stops: a supervisor that runs already, or (0) one to
	 * start. Returns the exit status. */
	int (*guard)(struct tr_tree *tree, pid_t supervisor);
	/* Runs until SIGTERM or SIGINT, ends its workers and returns the exit status. If the
	 * guardian dies, forks another. */
	int (*supervise)(struct tr_tree *tree, pid_t guardian);

	struct tr_pool_plan *plan; /* each process has its own copy, as of its fork */
	int server_fd;		   /* pidfd of the web server that started us; -1: none did */
	_Atomic pid_t guardian;
	_Atomic pid_t supervisor;
	_Atomic int stopping; /* nothing is to be started again */
	_Atomic int status;   /* to exit with */
};

/* A descriptor that polls readable once the process has died, also where it is no child
 * (pidfd_open(2), Linux 5.3); -1: it has died, or the kernel has none. */
int tr_tree_pidfd(pid_t pid);

#endif
