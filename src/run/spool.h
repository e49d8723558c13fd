/* spool.h: the file through which what a command prints goes to the database.
 *
 * - One process appends (the drainer, which reads the command's output), another one takes away
 *   (the writer). Nothing but this file and a wake-up goes from one to the other, so neither
 *   waits for the other, and what is in the file outlives both: the page cache is the memory
 *   that the lines are drained into, and a file system's business where it grows.
 * - A ring: positions count bytes since the beginning and never fall; position P is at P modulo
 *   the room. What was taken away is given back to the file system.
 * - Bounded: past the room, and past TR_SPOOL_HELD_BYTES of memory where the file cannot be
 *   written, new lines are dropped and counted, and a line in their place says how many. The
 *   end of a job has its place in the first page, and always fits.
 * - A file that nobody has locked (flock) and that is still there is a leftover: its runner and
 *   its writer are both gone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_SPOOL_H
#define TR_RUN_SPOOL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/place.h"
#include "run/record.h"
#include "store/publish.h"

#define TR_SPOOL_ROOM_BYTES (UINT64_C(256) << 20)
#define TR_SPOOL_HELD_BYTES (8 << 20)

/* The line that stands where others were dropped, for their number. */
#define TR_SPOOL_DROPPED                                                                       \
	"[tailrow: %llu lines were dropped here: the database was not to be written, and the " \
	"spool was full]"

/* What is known of a job before its command starts. */
struct tr_spool_job {
	const char *db; /* the database, an absolute path */
	struct tr_new_job is;
	const char *key; /* NULL: none */
	char started_at[TR_ISO_SIZE];
};

/* How a job ended. */
struct tr_spool_end {
	int64_t at_ms;
	enum tr_end end;
	int exit_code;	  /* -1: unknown */
	int signal;	  /* that ended it; 0: none */
	char error[512];  /* "": none */
	uint64_t dropped; /* lines at the very end that are not in the spool */
};

/* The first page of the file, mapped by both processes. */
struct tr_spool_page {
	char magic[8];
	uint64_t room_bytes;
	_Atomic uint64_t head;	  /* all before this position has been appended */
	_Atomic uint64_t done;	  /* all before this one is in the database */
	_Atomic uint64_t freed;	  /* all before this one may be written over */
	_Atomic uint64_t records; /* appended since the beginning */
	_Atomic uint64_t wake_at; /* how many of these the writer waits for */
	_Atomic int64_t job_id;	  /* 0: no row yet, as far as is known */

	/* A commit under way: when log row `line` is there, all before `promised` is. */
	_Atomic uint64_t promised;
	_Atomic int64_t line;

	/* What runner and writer tell each other: see writer.h. */
	_Atomic int stage;
	_Atomic int hurry;
	_Atomic int group;

	_Atomic int ended; /* `end` is filled in, and nothing more is appended */
	struct tr_spool_end end;

	_Atomic int promised_end;   /* so is the job's end, when row `line` is there, */
	_Atomic int64_t line_at_ms; /* which has this time: else it is the command's own */
};

struct tr_spool {
	struct tr_spool_page *page;
	struct tr_spool_job job;
	int fd;
	int wake_fd;	     /* eventfd: readable when the writer has reason to look; or -1 */
	char path[PATH_MAX]; /* "": the file has no name, and ends with the processes */
	struct tr_buf texts; /* what job points into */
	struct tr_buf held;  /* appended, but not yet in the file; begins at page->head */
	uint64_t held_records, held_lines;
	uint64_t dropped; /* lines, since the last line that says so */
	int error;	  /* errno of the last attempt to write the file; 0: it worked */
};

/* Makes a spool in place, or without a name where place->fd is -1, and locks it. TR_OK: release
 * with tr_spool_close(). TR_SYS, TR_NOMEM with the sentence in *why: nothing is left. */
enum tr_err tr_spool_create(struct tr_spool *spool, const struct tr_place *place,
    const struct tr_spool_job *job, uint64_t room_bytes, struct tr_why *why);

/* Opens the spool at path if it is a leftover, and locks it. TR_OK as above; TR_BUSY: a
 * runner still uses it; TR_FOREIGN: it is no spool, or another user's; TR_ABSENT, TR_SYS. */
enum tr_err tr_spool_open(struct tr_spool *spool, const char *path, struct tr_why *why);

/* Appends a record in memory, or counts it as dropped. */
void tr_spool_add(struct tr_spool *spool, const struct tr_record *record);

/* Writes what was appended to the file, and wakes the writer where it waits for that. TR_SYS:
 * the file cannot be written now (spool->error); what was appended stays in memory. */
enum tr_err tr_spool_flush(struct tr_spool *spool);

/* Nothing more will be appended: what is still in memory and cannot be written is dropped and
 * counted. Wakes the writer. */
void tr_spool_end(struct tr_spool *spool, const struct tr_spool_end *end);

/* Wakes the writer in any case. */
void tr_spool_wake(const struct tr_spool *spool);

/* Copies at most cap bytes from `done` on, and returns how many; 0 too where the file cannot be
 * read. */
size_t tr_spool_read(struct tr_spool *spool, char *bytes, size_t cap);

/* Says that all before pos is in the database. */
void tr_spool_done(struct tr_spool *spool, uint64_t pos);

/* Removes the file, which nobody needs any more. */
void tr_spool_remove(struct tr_spool *spool);

/* Makes what is in the file outlive a power failure, as far as that can be. */
void tr_spool_keep(struct tr_spool *spool);

/* The process has no more to do with it. {.fd = -1} is closed. */
void tr_spool_close(struct tr_spool *spool);

#endif
