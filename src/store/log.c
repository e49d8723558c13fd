/* log.c: a tailrow database opened for reading its log.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/schema.h"

/* For opening and the snapshot: recovery after a crash, or a commit on a slow disk. */
#define BUSY_MS 2000

void tr_log_save_memory(void)
{
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

enum tr_err tr_log_open(struct tr_log *log, const char *path, enum tr_log_role role,
    const struct tr_filter *filter, struct tr_why *why)
{
	struct stat file = {0};
	int unseen = stat(path, &file) ? errno : 0;
	enum tr_err err = TR_DENIED;

	*log = (struct tr_log){.device = file.st_dev, .inode = file.st_ino};
	if (role == TR_LOG_KEEPER)
		err = tr_schema_open(&log->db, path, SQLITE_OPEN_READWRITE, BUSY_MS, why);
	if (err == TR_DENIED)
		err = tr_schema_open(&log->db, path, SQLITE_OPEN_READONLY, BUSY_MS, why);
	if (!err && unseen) /* where it is not there, opening has said so */
		err = tr_fail(why, TR_SYS, "%s: %s", path, strerror(unseen));
	if (!err)
		err = tr_leash_put(&log->leash, log->db, TR_LEASH_READ, why);
	if (!err)
		err = tr_schema_harmless(log->db, why);
	if (!err)
		err = tr_schema_check(log->db, log->epoch, why);
	if (!err)
		err = tr_reader_open(&log->reader, log->db, filter, why);
	if (err)
		tr_log_close(log);
	return err;
}

void tr_log_journal_mode(const struct tr_log *log, char *out, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	const unsigned char *mode = NULL;

	if (sqlite3_prepare_v2(log->db, "PRAGMA journal_mode", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		mode = sqlite3_column_text(stmt, 0);
	snprintf(out, size, "%s", mode ? (const char *)mode : "");
	sqlite3_finalize(stmt);
}

int tr_log_replaced(const struct tr_log *log, const char *path)
{
	struct stat now;

	return stat(path, &now) != 0 || now.st_ino != log->inode || now.st_dev != log->device;
}

void tr_log_close(struct tr_log *log)
{
	tr_reader_close(log->reader);
	sqlite3_close(log->db);
	*log = (struct tr_log){0};
}
