/* reading.c: answers that are read from the database.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/reading.h"

#include <string.h>

#include "base/errlog.h"
#include "base/utf8.h"
#include "web/child.h"
#include "web/respond.h"

enum tr_err tr_reading_failed(
    struct tr_request *request, enum tr_err err, const struct tr_why *why)
{
	if (err == TR_ABSENT)
		return tr_respond_problem(request, 404, "Not Found", why->text, NULL);
	tr_errlog("%s", why->text);
	tr_respond_unavailable(request, why->text);
	return err;
}

/* What tr_reading_run() was given. */
struct task {
	tr_reader_answer *answer;
	const void *arg;
};

/* Opens the database and lets the task go on. */
static enum tr_err open_and_answer(
    const struct tr_service *service, struct tr_request *request, const void *arg)
{
	const char *db_path = tr_conf_text(service->conf, TR_KEY_DB);
	const struct tr_filter everything = {0};
	const struct task *task = arg;
	struct tr_why why = {0};
	struct tr_log log;
	enum tr_err err = TR_OK;

	if (!db_path)
		err = tr_fail(&why, TR_DB,
		    "no database is named: set TAILROW_DB, or db in " TR_CONF_FILE);
	else if (tr_log_open(&log, db_path, TR_LOG_READER, &everything, &why))
		err = TR_DB; /* also where there is no file: that is no 404 */
	if (err)
		return tr_reading_failed(request, err, &why);
	err = task->answer(task->arg, &log, request);
	tr_log_close(&log);
	return err;
}

enum tr_err tr_reading_run(const struct tr_service *service, struct tr_request *request,
    tr_reader_answer *answer, const void *arg)
{
	const struct task task = {answer, arg};

	return tr_child_answer(service, request, open_and_answer, &task);
}

/* Reads in one transaction. */
static enum tr_err read_all(const struct tr_reading *reading, const struct tr_log *log,
    struct tr_buf *out, struct tr_why *why)
{
	struct tr_cursor cursor = {0};
	struct tr_bounds bounds;
	enum tr_err err = TR_OK;

	memcpy(cursor.epoch, log->epoch, sizeof(cursor.epoch));
	if (sqlite3_exec(log->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		err = tr_fail(why, TR_DB, "%s", sqlite3_errmsg(log->db));
	if (!err)
		err = tr_reader_bounds(log->reader, &bounds, why);
	if (!err) {
		cursor.n = bounds.newest;
		err = reading->read(reading->arg, log, &cursor, out, why);
	}
	sqlite3_exec(log->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
	if (!err && tr_buf_err(out))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	return err;
}

static enum tr_err answer_text(
    const void *arg, const struct tr_log *log, struct tr_request *request)
{
	const struct tr_reading *reading = arg;
	struct tr_buf raw = {0}, body = {0};
	struct tr_why why = {0};
	enum tr_err err = read_all(reading, log, &raw, &why);

	if (err) {
		err = tr_reading_failed(request, err, &why);
	} else {
		tr_utf8_add(&body, raw.data, raw.len);
		if (!reading->type)
			tr_buf_adds(&body, "\n");
		err = tr_respond_text(
		    request, reading->type ? reading->type : "application/json", &body);
	}
	tr_buf_free(&raw);
	tr_buf_free(&body);
	return err;
}

enum tr_err tr_reading_answer(const struct tr_service *service, struct tr_request *request,
    const struct tr_reading *reading)
{
	return tr_reading_run(service, request, answer_text, reading);
}
