/* filter.c: the one predicate that says which rows a stream is for.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/filter.h"

#include <string.h>

const char *const tr_level_names[TR_LEVELS] = {"debug", "info", "warn", "error"};

enum tr_level tr_level_of(struct tr_text name)
{
	int level = 0;

	while (level < TR_LEVELS && !tr_text_is(name, tr_level_names[level]))
		level++;
	return (enum tr_level)level;
}

/* Appends "?,?,?" of that many. */
static void placeholders(struct tr_buf *sql, int count)
{
	for (int i = 0; i < count; i++)
		tr_buf_adds(sql, i ? ",?" : "?");
}

static void add_jobs(struct tr_buf *sql, const char *column, const struct tr_filter *filter)
{
	tr_buf_addf(sql, " AND (%s IN (", column);
	placeholders(sql, filter->job_count);
	tr_buf_adds(sql, ")");
	if (tr_filter_job(filter, TR_NO_JOB))
		tr_buf_addf(sql, " OR %s IS NULL", column);
	tr_buf_adds(sql, ")");
}

void tr_filter_jobs_sql(struct tr_buf *sql, enum tr_table table, const struct tr_filter *filter)
{
	if (filter->job_count)
		add_jobs(sql, table == TR_JOB ? "job.id" : "log.job_id", filter);
	if (filter->owner)
		tr_buf_addf(
		    sql, " AND %s = ?", table == TR_JOB ? "job.owner" : TR_OWNER_OF_ROW);
}

static int bind_word(sqlite3_stmt *stmt, int *index, const char *word)
{
	return sqlite3_bind_text(stmt, (*index)++, word, -1, SQLITE_STATIC);
}

int tr_filter_bind_jobs(const struct tr_filter *filter, sqlite3_stmt *stmt, int *index)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < filter->job_count && rc == SQLITE_OK; i++)
		rc = sqlite3_bind_int64(stmt, (*index)++, filter->jobs[i]);
	if (filter->owner && rc == SQLITE_OK)
		rc = bind_word(stmt, index, filter->owner);
	return rc;
}

/* A completion of a job that runs again goes out as a status-update, so whoever wants
 * those must read these. */
static int wants_completions_too(const struct tr_filter *filter)
{
	return tr_filter_event(filter, "status-update") &&
	       !tr_filter_event(filter, "completion");
}

/* Of a file whose CHECKs were switched off: a row whose event is no name of a publisher's goes
 * out as `log` (schema.sql has the rule, tr_event_name() and tr_event_reserved() in C). */
#define IS_SENT_AS_LOG                                                                         \
	"typeof(event) <> 'text' OR event = '' OR event <> substr(event, 1, 64)"               \
	" OR event GLOB '*[^A-Za-z0-9._:-]*' OR event IN ('hello', 'snapshot', 'gap', "        \
	"'reset',"                                                                             \
	" 'ping', 'busy', 'row', 'gone', 'open', 'error')"

static void add_events(struct tr_buf *sql, const struct tr_filter *filter)
{
	tr_buf_adds(sql, " AND (event IN (");
	placeholders(sql, filter->event_count);
	tr_buf_adds(sql, wants_completions_too(filter) ? ",'completion')" : ")");
	tr_buf_adds(sql, tr_filter_event(filter, "log") ? " OR " IS_SENT_AS_LOG ")" : ")");
}

void tr_filter_sql(struct tr_buf *sql, const struct tr_filter *filter)
{
	tr_filter_jobs_sql(sql, TR_LOG, filter);
	if (filter->event_count)
		add_events(sql, filter);
	if (filter->level > TR_LEVEL_DEBUG) {
		tr_buf_adds(sql, " AND (event IN ('status-update','completion','removed')"
				 " OR level NOT IN (");
		placeholders(sql, (int)filter->level);
		tr_buf_adds(sql, "))");
	}
}

int tr_filter_bind(const struct tr_filter *filter, sqlite3_stmt *stmt, int *index)
{
	int rc = tr_filter_bind_jobs(filter, stmt, index);

	for (int i = 0; i < filter->event_count && rc == SQLITE_OK; i++)
		rc = bind_word(stmt, index, filter->events[i]);
	if (filter->level > TR_LEVEL_DEBUG)
		for (int i = 0; i < (int)filter->level && rc == SQLITE_OK; i++)
			rc = bind_word(stmt, index, tr_level_names[i]);
	return rc;
}

int tr_filter_event(const struct tr_filter *filter, const char *name)
{
	for (int i = 0; i < filter->event_count; i++)
		if (strcmp(filter->events[i], name) == 0)
			return 1;
	return filter->event_count == 0;
}

int tr_filter_job(const struct tr_filter *filter, int64_t job_id)
{
	for (int i = 0; i < filter->job_count; i++)
		if (filter->jobs[i] == job_id)
			return 1;
	return filter->job_count == 0;
}

int tr_filter_owner(const struct tr_filter *filter, struct tr_text owner)
{
	return !filter->owner || tr_text_is(owner, filter->owner);
}

int tr_filter_takes(const struct tr_filter *filter, int has_job, int64_t job_id,
    const char *name, enum tr_level level, int is_marker)
{
	if (!tr_filter_job(filter, has_job ? job_id : TR_NO_JOB))
		return 0;
	return (is_marker || level >= filter->level) && tr_filter_event(filter, name);
}
