/* err.h: the error values that every module returns, and the sentence that goes with one.
 *
 * - A function that can fail returns enum tr_err; TR_OK is 0 and the only success.
 * - Where a person will read about the failure the function also takes a struct tr_why
 *   and fills it: one sentence, no newline, that says what is wrong and what to do next.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_ERR_H
#define TR_BASE_ERR_H

enum tr_err {
	TR_OK = 0,
	TR_GONE,    /* the peer hung up: ends a stream, is no failure of ours */
	TR_NOMEM,   /* an allocation failed, or a bounded buffer is full */
	TR_SYS,	    /* a system call failed */
	TR_DB,	    /* SQLite failed, and trying again will not help */
	TR_BUSY,    /* locked, or short of something, at this moment: trying again will help */
	TR_ABSENT,  /* the file or row asked for does not exist */
	TR_FOREIGN, /* the file exists but is no tailrow database of this version */
	TR_DENIED,  /* the file exists but this user may not do that with it */
	TR_AWAY,    /* the database may not be opened in this process: see stream/visit.h */
	TR_INVALID, /* a value that came from outside is malformed */
};

/* One sentence for a person. Initialise with {0}; text is always terminated. */
struct tr_why {
	char text[512];
};

/* Writes the sentence (printf form; too long is cut at the end). why may be NULL, and
 * then nothing is written. Returns err, so that `return tr_fail(...)` reads well. */
enum tr_err tr_fail(struct tr_why *why, enum tr_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a system call, what, that failed with this errno. Returns TR_BUSY where the
 * system is short of something at this moment (descriptors, memory, processes), else TR_SYS. */
enum tr_err tr_fail_sys(struct tr_why *why, const char *what, int error);

#endif
