/* ledger.h: writes a running job's lines, many in a transaction, on a connection that stays.
 *
 * - One transaction is tr_ledger_begin(), any number of the calls below it, and then
 *   tr_ledger_commit() or, after any failure, tr_ledger_rollback(): all of it or nothing.
 * - Times are the caller's, so that lines that had to wait keep the time at which they were
 *   printed.
 * - In WAL mode a commit is not synced by itself (synchronous=NORMAL): a power failure may take
 *   the last commits, a crash of any program takes none.
 * - Errors, where none are named: TR_BUSY, TR_DENIED, TR_DB, TR_NOMEM, with the sentence in
 *   *why.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_LEDGER_H
#define TR_STORE_LEDGER_H

#include <stdint.h>

#include "base/err.h"
#include "store/publish.h"
#include "store/row.h"

struct tr_ledger;

/* What the row of a job begins with. */
struct tr_ledger_job {
	struct tr_new_job is;
	const char *key; /* NULL: none */
	const char *started_at;
};

struct tr_ledger_line {
	const char *event;
	const char *level;
	struct tr_text message;
	const char *at;
};

/* How far a job is, whole: what is unknown here is unknown afterwards. */
struct tr_ledger_progress {
	double percent; /* 0 to 100; NaN: unknown */
	struct tr_text step;
};

struct tr_ledger_ending {
	enum tr_end end;
	int exit_code;	   /* -1: unknown */
	int signal;	   /* that ended it; 0: none */
	const char *error; /* NULL: none */
	const char *at;
	int if_running; /* a job that has ended already stays as it is */
};

/* Opens the database at path; a lock is waited for at most busy_ms. TR_OK: *ledger is the
 * caller's to close. Otherwise it is NULL: errors as tr_schema_open() and tr_schema_check(). */
enum tr_err tr_ledger_open(
    struct tr_ledger **ledger, const char *path, int busy_ms, struct tr_why *why);

/* Ends an open transaction unwritten, too. NULL is allowed. */
void tr_ledger_close(struct tr_ledger *ledger);

enum tr_err tr_ledger_begin(struct tr_ledger *ledger, struct tr_why *why);

/* Commits. TR_ABSENT: meanwhile the file was deleted or another one put in its place, so that
 * nobody will see what was committed; the connection is then only to be closed. */
enum tr_err tr_ledger_commit(struct tr_ledger *ledger, struct tr_why *why);

void tr_ledger_rollback(struct tr_ledger *ledger);

/* Inserts a running job that beats from now on; its id in *id. TR_INVALID where a trigger of
 * the table's owner refuses it. */
enum tr_err tr_ledger_make_job(
    struct tr_ledger *ledger, const struct tr_ledger_job *job, int64_t *id, struct tr_why *why);

/* TR_OK: job id is there and is the one that started then; TR_ABSENT: it is not. */
enum tr_err tr_ledger_has_job(
    struct tr_ledger *ledger, int64_t id, const char *started_at, struct tr_why *why);

/* Looks for a running job of that key on another host whose last beat is at most alive_s
 * seconds old. *id is that job's, or 0. */
enum tr_err tr_ledger_rival(struct tr_ledger *ledger, const struct tr_ledger_job *job,
    int alive_s, int64_t *id, struct tr_why *why);

/* Appends a line; its log.id in *log_id. TR_INVALID where a trigger of the table's owner
 * refuses it: the transaction may then go on without it. TR_DB, too, where the trigger ended
 * the transaction with it, RAISE(ROLLBACK): what came after would be committed one by one. */
enum tr_err tr_ledger_add(struct tr_ledger *ledger, int64_t job_id,
    const struct tr_ledger_line *line, int64_t *log_id, struct tr_why *why);

/* TR_OK: the log has a row of that id, that job's and of that time; TR_ABSENT: it has not. */
enum tr_err tr_ledger_has_line(struct tr_ledger *ledger, int64_t log_id, int64_t job_id,
    const char *at, struct tr_why *why);

enum tr_err tr_ledger_set_progress(struct tr_ledger *ledger, int64_t job_id,
    const struct tr_ledger_progress *progress, struct tr_why *why);

/* A sign of life, now. */
enum tr_err tr_ledger_beat(struct tr_ledger *ledger, int64_t job_id, struct tr_why *why);

/* Ends a job. An error that the job has already, say by its own command, stays. */
enum tr_err tr_ledger_finish(struct tr_ledger *ledger, int64_t job_id,
    const struct tr_ledger_ending *ending, struct tr_why *why);

#endif
