/* print.h: times, states and rows of the log as a person reads them.
 *
 * - Colours are put where `colour` is set. Failure shows in tr_buf_err(out).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_PRINT_H
#define TR_CLI_PRINT_H

#include "base/buf.h"
#include "store/row.h"

#define TR_PRINT_TIME_COLUMNS 19
#define TR_PRINT_STATE_COLUMNS 9 /* "succeeded" */

/* Appends a time as the clock on the wall shows it, "2026-11-21 05:38:12"; what is no time
 * of ours as it is, cut. Returns the columns. */
size_t tr_print_time(struct tr_buf *out, struct tr_text text);

/* Appends a job's state. Returns the columns. */
size_t tr_print_state(struct tr_buf *out, struct tr_text state, int colour);

/* Appends the state, how far it is, and at what, or why it failed: "running 45%, Copying"; of
 * one that succeeded, where its result is. */
void tr_print_job(struct tr_buf *out, const struct tr_job *job, int colour);

/* Appends a row that is no marker: its level, the name of an event that is not `log`, its
 * message. */
void tr_print_row(struct tr_buf *out, const struct tr_row *row, int colour);

/* Appends JSON to which text of any kind went, as one line of valid UTF-8 that no terminal
 * obeys, and empties json. */
void tr_print_json(struct tr_buf *out, struct tr_buf *json);

#endif
