/* section.c: examines a [stream] section: whether it can be served, and what it costs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/section.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/schema.h"
#include "table/append.h"
#include "table/result.h"
#include "table/statement.h"

#define BUSY_MS 2000

/* A result that takes longer is read less often than it changes (keeper.h). */
#define SLOW_MS 100.0

/* What an examination has in hand. */
struct patient {
	struct tr_findings *out;
	const struct tr_section *section;
	struct tr_statement statement;
	struct tr_buf plan; /* a line for each step */
};

/* Reads the plan on a connection without the authorizer, which lets no EXPLAIN through. */
static void read_plan(struct patient *p)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", p->section->sql);

	tr_buf_adds(&p->plan, "");
	if (sql &&
	    !tr_schema_open(&db, p->section->database, SQLITE_OPEN_READONLY, BUSY_MS, NULL))
		sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		tr_buf_addf(&p->plan, "%s\n", (const char *)sqlite3_column_text(stmt, 3));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	sqlite3_free(sql);
}

/* Whether the plan walks through all of that table, without an index. */
static int scans(const struct patient *p, const char *table)
{
	const char *at = p->plan.data;
	size_t len = strlen(table);

	for (; at && (at = strstr(at, "SCAN ")); at += 5)
		if (strncmp(at + 5, table, len) == 0 && (at[5 + len] == '\n' || !at[5 + len]))
			return 1;
	return 0;
}

/* What the cursor's column is: of which table, and whether its values rise for ever. */
static void examine_cursor(struct patient *p)
{
	const struct tr_statement *st = &p->statement;
	int column = tr_statement_column(st, "id");
	const char *table = sqlite3_column_table_name(st->stmt, column);
	const char *name = sqlite3_column_origin_name(st->stmt, column);
	int is_key = 0, rises = 0;

	if (!table || !name) {
		tr_find(p->out, TR_NOTE, TR_STREAM, "cursor-computed",
		    "[stream %s]: id is computed, so each read may go through all rows.",
		    p->section->name);
		tr_find_cure(p->out, "Choose a column with an index for id.");
		return;
	}
	sqlite3_table_column_metadata(
	    st->db, NULL, table, name, NULL, NULL, NULL, &is_key, &rises);
	if (scans(p, table)) {
		tr_find(p->out, TR_NOTE, TR_STREAM, "full-scan",
		    "[stream %s]: each read goes through all of %s.", p->section->name, table);
		tr_find_cure(p->out, "An index lets it begin behind the cursor:");
		tr_find_lines(
		    p->out, "CREATE INDEX %s_%s ON %s (%s);", table, name, table, name);
	}
	if (is_key && !rises) {
		tr_find(p->out, TR_NOTE, TR_STREAM, "ids-used-again",
		    "[stream %s]: %s.%s is no AUTOINCREMENT: where the newest rows are "
		    "deleted, "
		    "their ids are given again, and a viewer does not see the new rows.",
		    p->section->name, table, name);
		tr_find_cure(p->out, "Fine where the newest rows are never deleted.");
	}
}

static void tell_error(struct patient *p, const struct tr_why *why)
{
	tr_find(p->out, TR_PROBLEM, TR_STREAM, "stream-unreadable", "%s.", why->text);
}

static void tell_read(struct patient *p, int rows, double ms)
{
	const char *mode = p->section->mode == TR_MODE_TABLE ? "table" : "append";

	tr_find(p->out, TR_FINE, TR_STREAM, "stream",
	    "[stream %s]: %s mode, %d row%s read in %.2f ms. Its plan:", p->section->name, mode,
	    rows, rows == 1 ? "" : "s", ms);
	tr_find_lines(p->out, "%s", p->plan.data ? p->plan.data : "");
	if (p->section->mode != TR_MODE_TABLE || ms <= SLOW_MS)
		return;
	tr_find(p->out, TR_NOTE, TR_STREAM, "slow-read",
	    "[stream %s]: a read takes %.0f ms, so viewers hear of changes every %.1f s at "
	    "most.",
	    p->section->name, ms, ms * 5 / 1000);
	tr_find_cure(p->out, "Choose fewer rows with WHERE, or give its plan an index.");
}

/* Reads as the stream does. Returns how many rows, or -1 and the error was told. */
static int read_once(struct patient *p)
{
	struct tr_append_read read = {0};
	struct tr_viewer nobody = {0};
	struct tr_result result = {0};
	struct tr_buf frames = {0};
	struct tr_why why = {0};
	enum tr_err err;
	int rows;

	if (p->section->mode == TR_MODE_TABLE)
		err = tr_result_read(&p->statement, &result, &why);
	else
		err = tr_append_next(&p->statement, &nobody, &read, &frames, &why);
	rows = p->section->mode == TR_MODE_TABLE ? result.count : read.frames;
	tr_result_free(&result);
	tr_buf_free(&frames);
	if (!err)
		return rows;
	tell_error(p, &why);
	return -1;
}

void tr_section_examine(struct tr_findings *out, const struct tr_section *section)
{
	struct patient p = {.out = out, .section = section};
	struct tr_why why = {0};
	int64_t begun_ns;
	int rows;

	if (tr_statement_open(&p.statement, section, &why)) {
		tell_error(&p, &why);
		return;
	}
	read_plan(&p);
	begun_ns = tr_mono_ns();
	rows = read_once(&p);
	if (rows >= 0)
		tell_read(&p, rows, (double)(tr_mono_ns() - begun_ns) / TR_NS_PER_MS);
	if (rows >= 0 && section->mode == TR_MODE_APPEND)
		examine_cursor(&p);
	tr_buf_free(&p.plan);
	tr_statement_close(&p.statement);
}
