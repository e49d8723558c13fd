/* sandbox.h: what the responder gives up for good once it has read its settings and has its
 * socket.
 *
 * - tr_sandbox_enter() is for the first process, whose children inherit it: no new privileges,
 *   system calls (seccomp.h), limits. The directories are each process's own: fence.h.
 * - Where the kernel or a container allows no such thing, it goes on without: `tailrow doctor`
 *   and /health say what there is.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_SANDBOX_H
#define TR_BASE_SANDBOX_H

/* A process's private memory. A stop for one that runs away: 102 MB were the most that rows
 * made for it could take (SECURITY.md), and more only for a section's statement that sorts a
 * large table. Not where a sanitizer reserves terabytes. */
#define TR_SANDBOX_DATA_BYTES (512L * 1024 * 1024)

/* Descriptors: 257 bells, 16 tables with five each, and as much again. */
#define TR_SANDBOX_DESCRIPTORS 512

/* Gives up what no process of the responder needs. No core is written, either: it would have
 * tokens and other people's lines in it. */
void tr_sandbox_enter(void);

/* What is in force in this process, for people: "seccomp, Landlock", one of them, or "none". */
const char *tr_sandbox_state(void);

#endif
