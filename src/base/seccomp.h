/* seccomp.h: the system calls that are left to the responder.
 *
 * - A list of what is let through, not of what is refused: what the next kernel adds is shut
 *   without a change here. There is no exec, no new socket, no ptrace, mount, namespace,
 * module, bpf, io_uring, userfaultfd or keyctl in it, and no ioctl at all, so no TIOCSTI
 * either.
 * - A call that is not in it fails with ENOSYS, as on a kernel that lacks it: a C library that
 *   tries something new (clone3, openat2, statx) then goes back to what it used before, which
 *   is in the list. So a newer C library or SQLite does not break. Killing would end a stream
 *   for a call that nobody needs the answer of, and keeps no attacker out that ENOSYS lets in.
 * - Arguments that are pointers cannot be looked at: which files may be opened is for
 *   Landlock (landlock.h).
 * - One filter for every process of a pool: it is put in place before the first fork, is
 *   inherited, and costs a worker no memory and a new one no time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_SECCOMP_H
#define TR_BASE_SECCOMP_H

#include "base/err.h"

/* Takes the other calls away from this process and those that it forks, for good. Needs
 * PR_SET_NO_NEW_PRIVS. TR_OK; or TR_SYS and all is as it was: errno says why. */
enum tr_err tr_seccomp_enter(void);

#endif
