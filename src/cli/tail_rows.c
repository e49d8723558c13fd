/* tail_rows.c: rows of the log as tail prints them, each a line for a person or for a program.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/tail_rows.h"

#include <stdio.h>
#include <string.h>

#include "cli/print.h"
#include "stream/frames.h"
#include "stream/json.h"

#define NO_LEVEL "       "

static void add_json(struct tr_buf *out, const struct tr_batch *batch, int i)
{
	const struct tr_row *row = &batch->rows[i];
	char space[TR_EVENT_SIZE];
	const char *name = tr_frames_name(batch, i, space);
	struct tr_buf json = {0};

	if (!name)
		return;
	tr_buf_addf(&json, "{\"id\":%lld,\"event\":\"%s\",\"data\":", (long long)row->id, name);
	if (strcmp(name, "removed") == 0)
		tr_json_removed(&json, row->job_id);
	else if (tr_marker_of(row->event) != TR_MARKER_NONE)
		tr_json_job(&json, tr_batch_job(batch, row->job_id));
	else
		tr_json_log(&json, row);
	tr_buf_adds(&json, "}");
	tr_print_json(out, &json);
	tr_buf_free(&json);
}

/* Appends whose row it is, "deploy[12]", as wide as the widest so far. */
static void add_job(
    struct tr_tail_rows *rows, struct tr_buf *out, sqlite3 *db, const struct tr_row *row)
{
	static const char *const colours[] = {
	    "\033[36m", "\033[35m", "\033[34m", "\033[32m", "\033[33m"};
	const char *colour = "";
	char label[sizeof(rows->names.slots[0].text) + 24] = "-";
	int columns = 0;

	if (row->has_job) {
		snprintf(label, sizeof(label), "%s[%lld]",
		    tr_names_get(&rows->names, db, row->job_id), (long long)row->job_id);
		colour = rows->colour ? colours[(uint64_t)row->job_id % 5] : "";
	}
	for (const char *at = label; *at; at++)
		columns += ((unsigned char)*at & 0xc0) != 0x80; /* bytes that begin one */
	if (columns > rows->name_columns)
		rows->name_columns = columns;
	tr_buf_addf(out, "%s%s%s%*s  ", colour, label, *colour ? "\033[m" : "",
	    rows->name_columns - columns, "");
}

void tr_tail_rows_add(struct tr_tail_rows *rows, struct tr_buf *out, sqlite3 *db,
    const struct tr_batch *batch, int i)
{
	const struct tr_row *row = &batch->rows[i];
	enum tr_marker marker = tr_marker_of(row->event);
	const struct tr_job *job = tr_batch_job(batch, row->job_id);

	if (rows->json) {
		add_json(out, batch, i);
		return;
	}
	if (job)
		tr_names_put(&rows->names, job->id, job->name);
	if (tr_text_is(row->event, "group-end") ||
	    (!job && (marker == TR_MARKER_STATUS || marker == TR_MARKER_COMPLETION)))
		return; /* `removed` follows */
	tr_print_time(out, row->created_at);
	tr_buf_adds(out, "  ");
	if (rows->with_job)
		add_job(rows, out, db, row);
	tr_buf_adds(out, marker == TR_MARKER_NONE ? "" : NO_LEVEL);
	if (marker == TR_MARKER_NONE)
		tr_print_row(out, row, rows->colour);
	else if (marker == TR_MARKER_REMOVED)
		tr_buf_adds(out, "removed");
	else
		tr_print_job(out, job, rows->colour);
	tr_buf_adds(out, "\n");
}
