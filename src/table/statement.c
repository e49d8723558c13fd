/* statement.c: another program's database, opened to read and for one statement alone.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/statement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/leash.h"
#include "store/schema.h"

#define OPEN_BUSY_MS 2000

/* How many steps of SQLite's machine pass between two looks at the clock: some 100 us. */
#define STEPS_BETWEEN_LOOKS 10000

/* Lets through what reads. SQLITE_FUNCTION names the function in its second text. */
static int authorize(void *arg, int action, const char *first, const char *second,
    const char *database, const char *trigger)
{
	(void)arg;
	(void)first;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return sqlite3_stricmp(second, "load_extension") == 0 ||
			       sqlite3_stricmp(second, "fts3_tokenizer") == 0
			   ? SQLITE_DENY
			   : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static int look_at_clock(void *arg)
{
	const struct tr_statement *st = arg;

	return st->deadline_ns && tr_mono_ns() > st->deadline_ns;
}

static enum tr_err confine(struct tr_statement *st, struct tr_why *why)
{
	enum tr_err err = tr_leash_limit(st->db, TR_LEASH_READ, why);

	sqlite3_limit(st->db, SQLITE_LIMIT_LENGTH, TR_STATEMENT_VALUE_BYTES);
	sqlite3_set_authorizer(st->db, authorize, NULL);
	sqlite3_progress_handler(st->db, STEPS_BETWEEN_LOOKS, look_at_clock, st);
	return err;
}

/* The sentence for an SQLite error. */
static enum tr_err error_of(const struct tr_statement *st, int rc, struct tr_why *why)
{
	const char *name = st->section->name;

	switch (rc & 0xff) {
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
		return tr_fail(
		    why, TR_INVALID, "[stream %s] sql: %s", name, sqlite3_errmsg(st->db));
	case SQLITE_AUTH:
	case SQLITE_SCHEMA: /* what prepare() makes of a CREATE that was not authorized */
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql: a stream only reads: no ATTACH, PRAGMA, writing or "
		    "load_extension (%s)",
		    name, sqlite3_errmsg(st->db));
	case SQLITE_INTERRUPT:
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql took more than %d ms: see its plan with: tailrow "
		    "check-config",
		    name, TR_STATEMENT_LIMIT_MS);
	case SQLITE_TOOBIG:
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: a value is larger than %d bytes: cut it with substr()", name,
		    TR_STATEMENT_VALUE_BYTES);
	default:
		return tr_schema_error(rc, st->section->database, why);
	}
}

/* Whether a parameter of the statement is one that somebody binds. */
static enum tr_err check_parameter(
    const struct tr_statement *st, const char *name, struct tr_why *why)
{
	const struct tr_section *section = st->section;
	int append = section->mode == TR_MODE_APPEND;

	if (!name || *name != ':')
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql: parameters are written :name, not '%s'", section->name,
		    name ? name : "?");
	name++;
	if (append && (strcmp(name, "after") == 0 || strcmp(name, "limit") == 0))
		return TR_OK;
	if (!append)
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql: in table mode it is read once for all viewers and takes "
		    "no :%s: select a column topic and set topic = :%s",
		    section->name, name, name);
	if (strcmp(name, "remote_user") == 0 || strncmp(name, "ticket_", 7) == 0 ||
	    tr_section_allows(section, name))
		return TR_OK;
	return tr_fail(why, TR_INVALID,
	    "[stream %s] sql: nobody binds :%s: list it in allow, if any viewer may choose it",
	    section->name, name);
}

static enum tr_err check_parameters(const struct tr_statement *st, struct tr_why *why)
{
	int count = sqlite3_bind_parameter_count(st->stmt);
	enum tr_err err = TR_OK;

	for (int i = 1; i <= count && !err; i++)
		err = check_parameter(st, sqlite3_bind_parameter_name(st->stmt, i), why);
	if (err || st->section->mode != TR_MODE_APPEND)
		return err;
	if (!tr_statement_takes(st, "after") || !tr_statement_takes(st, "limit"))
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql: append mode needs WHERE id > :after ORDER BY id LIMIT "
		    ":limit",
		    st->section->name);
	return TR_OK;
}

/* The row is a JSON object: two columns of one name would be one. */
static enum tr_err check_names(const struct tr_statement *st, struct tr_why *why)
{
	for (int i = 0; i < sqlite3_column_count(st->stmt); i++) {
		const char *name = sqlite3_column_name(st->stmt, i);

		if (name && tr_statement_column(st, name) != i)
			return tr_fail(why, TR_INVALID,
			    "[stream %s] sql: two columns are called %s: name one with AS",
			    st->section->name, name);
	}
	return TR_OK;
}

static enum tr_err check_columns(const struct tr_statement *st, struct tr_why *why)
{
	const struct tr_section *section = st->section;

	if (section->mode == TR_MODE_APPEND &&
	    (tr_statement_column(st, "id") < 0 || tr_statement_column(st, "data") < 0))
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql: append mode needs the columns id and data: name them "
		    "with AS",
		    section->name);
	if (section->topic && tr_statement_column(st, "topic") < 0)
		return tr_fail(why, TR_INVALID,
		    "[stream %s] sql: with topic = :%s it needs a column topic", section->name,
		    section->topic);
	/* A topic that nobody compares would look like protection and be none. */
	if (!section->topic && tr_statement_column(st, "topic") >= 0)
		return tr_fail(why, TR_INVALID,
		    "[stream %s] has a column topic: say whose it is, as with topic = "
		    ":remote_user, or call the column something else",
		    section->name);
	return check_names(st, why);
}

static enum tr_err prepare(struct tr_statement *st, struct tr_why *why)
{
	const char *tail = "";
	enum tr_err err;
	int rc;

	st->deadline_ns = tr_mono_ns() + TR_STATEMENT_LIMIT_MS * TR_NS_PER_MS;
	rc = sqlite3_prepare_v3(
	    st->db, st->section->sql, -1, SQLITE_PREPARE_PERSISTENT, &st->stmt, &tail);
	st->deadline_ns = 0;
	if (rc)
		return error_of(st, rc, why);
	tail += strspn(tail, " \t\r\n;");
	if (!st->stmt || *tail)
		return tr_fail(why, TR_INVALID, "[stream %s] sql: it must be one statement",
		    st->section->name);
	if (!sqlite3_column_count(st->stmt) || !sqlite3_stmt_readonly(st->stmt) ||
	    sqlite3_stmt_isexplain(st->stmt))
		return tr_fail(
		    why, TR_INVALID, "[stream %s] sql: it must be a SELECT", st->section->name);
	err = check_parameters(st, why);
	return err ? err : check_columns(st, why);
}

enum tr_err tr_statement_open(
    struct tr_statement *st, const struct tr_section *section, struct tr_why *why)
{
	struct tr_why reason = {0};
	struct stat file = {0};
	int unseen = stat(section->database, &file) ? errno : 0;
	enum tr_err err;

	*st = (struct tr_statement){
	    .section = section, .device = file.st_dev, .inode = file.st_ino};
	snprintf(st->epoch, sizeof(st->epoch), "%llx", (unsigned long long)file.st_ino);
	err = tr_schema_open(
	    &st->db, section->database, SQLITE_OPEN_READONLY, OPEN_BUSY_MS, &reason);
	if (err == TR_ABSENT) /* nothing that `tailrow init` should make */
		return tr_fail(why, err, "[stream %s] database: there is no file %s",
		    section->name, section->database);
	if (!err && unseen) /* where it is not there, opening has said so */
		err = tr_fail(&reason, TR_SYS, "%s: %s", section->database, strerror(unseen));
	if (!err)
		err = tr_schema_harmless(st->db, &reason);
	if (err) {
		tr_statement_close(st);
		return tr_fail(
		    why, err, "[stream %s] database: %s", section->name, reason.text);
	}
	err = confine(st, why);
	if (!err)
		err = prepare(st, why);
	if (err)
		tr_statement_close(st);
	return err;
}

int tr_statement_column(const struct tr_statement *st, const char *name)
{
	for (int i = 0; i < sqlite3_column_count(st->stmt); i++)
		if (sqlite3_stricmp(sqlite3_column_name(st->stmt, i), name) == 0)
			return i;
	return -1;
}

int tr_statement_takes(const struct tr_statement *st, const char *name)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(st->stmt); i++)
		if (strcmp(sqlite3_bind_parameter_name(st->stmt, i) + 1, name) == 0)
			return 1;
	return 0;
}

int tr_statement_is_personal(const struct tr_statement *st)
{
	return sqlite3_bind_parameter_count(st->stmt) > 2;
}

enum tr_err tr_statement_begin(struct tr_statement *st, const struct tr_viewer *viewer,
    int64_t after, int64_t limit, struct tr_why *why)
{
	int rc = SQLITE_OK;

	for (int i = 1; i <= sqlite3_bind_parameter_count(st->stmt) && !rc; i++) {
		const char *name = sqlite3_bind_parameter_name(st->stmt, i) + 1;

		if (strcmp(name, "after") == 0)
			rc = sqlite3_bind_int64(st->stmt, i, after);
		else if (strcmp(name, "limit") == 0)
			rc = sqlite3_bind_int64(st->stmt, i, limit);
		else
			rc = sqlite3_bind_text(st->stmt, i,
			    viewer ? tr_viewer_value(viewer, name) : NULL, -1,
			    SQLITE_TRANSIENT);
	}
	st->deadline_ns = tr_mono_ns() + TR_STATEMENT_LIMIT_MS * TR_NS_PER_MS;
	return rc ? error_of(st, rc, why) : TR_OK;
}

enum tr_err tr_statement_step(struct tr_statement *st, struct tr_why *why)
{
	int rc = sqlite3_step(st->stmt);
	enum tr_err err;

	if (rc == SQLITE_ROW)
		return TR_OK;
	err = rc == SQLITE_DONE ? TR_ABSENT : error_of(st, rc, why);
	tr_statement_end(st);
	return err;
}

void tr_statement_end(struct tr_statement *st)
{
	sqlite3_reset(st->stmt);
	st->deadline_ns = 0;
}

int tr_statement_replaced(const struct tr_statement *st)
{
	struct stat now;

	return stat(st->section->database, &now) != 0 || now.st_ino != st->inode ||
	       now.st_dev != st->device;
}

void tr_statement_close(struct tr_statement *st)
{
	sqlite3_finalize(st->stmt);
	sqlite3_close(st->db);
	st->stmt = NULL;
	st->db = NULL;
}
