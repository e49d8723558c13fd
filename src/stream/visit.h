/* visit.h: lets a child process do what needs the database, and take its memory away with it.
 *
 * - A worker of the pool never opens the database itself. Where it must read there (where a
 *   stream begins, or to catch up), it forks: the child goes on from the same line of code,
 *   writes to the same client, and when nothing is left to read hands the stream's state
 *   back and exits. So the hundred kilobytes that SQLite leaves in a process, and a crash in
 *   a damaged file, go with the child.
 * - One of the two runs at a time: the parent does nothing but wait.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_VISIT_H
#define TR_STREAM_VISIT_H

#include <stddef.h>

enum tr_visit_role {
	TR_VISIT_CHILD, /* this is the child */
	TR_VISIT_BACK,	/* this is the parent, and the child handed the state back */
	TR_VISIT_OVER,	/* this is the parent, and the child finished the response, or died */
	TR_VISIT_NONE,	/* there is no child: fork() or mmap() failed, and errno says why */
};

struct tr_visit;

/* Forks, and in the parent waits for the child. The state has size bytes; in the parent,
 * for TR_VISIT_BACK, it is overwritten with the child's. In the child *visit is set, and the
 * process must end by one of the two functions below. A signal to stop is passed on. */
enum tr_visit_role tr_visit_begin(struct tr_visit **visit, void *state, size_t size);

/* For the child: hands the state back and exits. */
_Noreturn void tr_visit_hand_back(struct tr_visit *visit, const void *state, size_t size);

/* For the child: exits; the response is finished. */
_Noreturn void tr_visit_end(void);

#endif
