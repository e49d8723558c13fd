/* columns.h: copies a result row's columns out of SQLite's memory.
 *
 * - What SQLite returns for a column lives until the next step or reset; a row must outlive
 *   both, because the statement is reset before anything is written to a client.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_COLUMNS_H
#define TR_STORE_COLUMNS_H

#include <sqlite3.h>

#include "base/err.h"
#include "store/filter.h"
#include "store/part.h"
#include "store/row.h"

/* A longer text is cut, and says so at its end: a message may have a hundred megabytes, and a
 * frame is made of several copies. */
#define TR_TEXT_BYTES (4 * 1024 * 1024)
#define TR_TEXT_CUT " \xE2\x80\xA6 [tailrow: cut after 4 MB]"

/* Every other text of a row or a job. Of the jobs of a list, a snapshot or a batch all texts
 * together have some TR_FIELDS_BYTES: where these are used up each still has the least. */
#define TR_FIELD_BYTES (64 * 1024)
#define TR_FIELD_LEAST_BYTES 256
#define TR_FIELDS_BYTES (4 * 1024 * 1024)
#define TR_FIELD_CUT " \xE2\x80\xA6 [tailrow: cut]"

/* The columns that tr_columns_row() reads, in its order, for a SELECT; and the same in part. */
#define TR_ROW_COLUMNS "id, job_id, event, level, message, created_at, " TR_OWNER_OF_ROW
#define TR_ROW_PARTS                                                                           \
	"id, job_id, " TR_ROW_PART("event") ", " TR_ROW_PART("level") ", " TR_PART("log",      \
	    "message", "id",                                                                   \
	    TR_TEXT_BYTES) ", " TR_ROW_PART("created_at") ", (SELECT " TR_PART("job", "owner", \
	    "job.id", TR_FIELD_BYTES) " FROM job"                                              \
				      " WHERE job.id = log.job_id AND typeof(owner) = 'text')"
#define TR_ROW_PART(column) TR_PART("log", column, "id", TR_FIELD_BYTES)

/* The same for tr_columns_job() and tr_columns_job_whole(). */
#define TR_JOB_COLUMNS                                                                         \
	"id, name, state, progress, step, url, error, exit_code, started_at, finished_at"
#define TR_JOB_WHOLE_COLUMNS                                                                   \
	TR_JOB_COLUMNS ", created_at, beat_at, host, cwd, key, owner, signal"
#define TR_JOB_PART(column) TR_PART("job", column, "id", TR_FIELD_BYTES)
#define TR_JOB_PARTS                                                                                                        \
	"id, " TR_JOB_PART("name") ", " TR_JOB_PART("state") ", progress, " TR_JOB_PART(                                    \
	    "ste"                                                                                                           \
	    "p") ", " TR_JOB_PART("url") ", " TR_JOB_PART("error") ", "                                                     \
								   "exit_code, " TR_JOB_PART("started_at") ","              \
													   " " TR_JOB_PART( \
													       "finished_at")
#define TR_JOB_WHOLE_PARTS                                                                     \
	TR_JOB_PARTS                                                                           \
	", " TR_JOB_PART("created_at") ", " TR_JOB_PART("beat_at") ", " TR_JOB_PART(           \
	    "host") ", " TR_JOB_PART("cwd") ", " TR_JOB_PART("key") ", " TR_JOB_PART("own"     \
										     "er") "," \
											   " " \
											   "s" \
											   "i" \
											   "g" \
											   "n" \
											   "a" \
											   "l"

/* A column of the current row, in SQLite's memory: it lasts until the next step or reset. A
 * NUL follows it. */
struct tr_text tr_column_text(sqlite3_stmt *stmt, int column);

/* Fills *row from the statement's current row. Its texts are in *block, one allocation
 * that the caller frees after the row. TR_OK, or TR_NOMEM and nothing to free. */
enum tr_err tr_columns_row(sqlite3_stmt *stmt, struct tr_row *row, void **block);

/* The same for a job. *taken_bytes is what the jobs before it in the same list have taken, and
 * what this one takes is added. */
enum tr_err tr_columns_job(
    sqlite3_stmt *stmt, struct tr_job *job, size_t *taken_bytes, void **block);
enum tr_err tr_columns_job_whole(
    sqlite3_stmt *stmt, struct tr_job_whole *whole, size_t *taken_bytes, void **block);

#endif
