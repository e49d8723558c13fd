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
#include "store/row.h"

/* A longer text is cut, and says so at its end: a message may have a hundred megabytes, and a
 * frame is made of several copies. */
#define TR_TEXT_BYTES (4 * 1024 * 1024)
#define TR_TEXT_CUT " \xE2\x80\xA6 [tailrow: cut after 4 MB]"

/* The columns that tr_columns_row() reads, in its order, for a SELECT. */
#define TR_ROW_COLUMNS "id, job_id, event, level, message, created_at, " TR_OWNER_OF_ROW

/* The same for tr_columns_job(). */
#define TR_JOB_COLUMNS                                                                         \
	"id, name, state, progress, step, url, error, exit_code, started_at, finished_at"

/* A column of the current row, in SQLite's memory: it lasts until the next step or reset. A
 * NUL follows it. */
struct tr_text tr_column_text(sqlite3_stmt *stmt, int column);

/* Fills *row from the statement's current row. Its texts are in *block, one allocation
 * that the caller frees after the row. TR_OK, or TR_NOMEM and nothing to free. */
enum tr_err tr_columns_row(sqlite3_stmt *stmt, struct tr_row *row, void **block);

/* The same for a job. */
enum tr_err tr_columns_job(sqlite3_stmt *stmt, struct tr_job *job, void **block);

#endif
