/* tree.c: what guardian and supervisor know of each other.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/tree.h"

#include <sys/syscall.h>
#include <unistd.h>

int tr_tree_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}
