/* tail_rows.h: rows of the log as tail prints them, each a line for a person or for a program.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_TAIL_ROWS_H
#define TR_CLI_TAIL_ROWS_H

#include <sqlite3.h>

#include "base/buf.h"
#include "cli/names.h"
#include "store/reader.h"

/* {0} before, and the first three set by the caller. */
struct tr_tail_rows {
	int colour;
	int json;     /* {"id","event","data"}, data as a stream has it */
	int with_job; /* whose row it is */
	int name_columns;
	struct tr_names names;
};

/* Appends row i of the batch, which was read from db, as a line; nothing where it says
 * nothing. Failure shows in tr_buf_err(out). */
void tr_tail_rows_add(struct tr_tail_rows *rows, struct tr_buf *out, sqlite3 *db,
    const struct tr_batch *batch, int i);

#endif
