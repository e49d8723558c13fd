/* log.h: a tailrow database opened for reading its log.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_LOG_H
#define TR_STORE_LOG_H

#include <sqlite3.h>
#include <sys/types.h>

#include "base/cursor.h"
#include "base/err.h"
#include "store/filter.h"
#include "store/leash.h"
#include "store/reader.h"

enum tr_log_role {
	TR_LOG_READER, /* opens read-only */
	TR_LOG_KEEPER, /* opens read-write where this user may, and never writes: while it is
			  open the -wal stays, which readers without write permission need; and
			  the last one to close takes the -wal and -shm away, which a reader
			  leaves behind */
};

/* To be called once, before any database is opened: SQLite then takes the memory for pages
 * as it needs them, and gives all of it back; its default keeps 80 KB a process. */
void tr_log_save_memory(void);

/* {0} is closed. The caller looks inside, changes nothing, and does not move it while it is
 * open.
 */
struct tr_log {
	sqlite3 *db;
	struct tr_reader *reader;
	char epoch[TR_EPOCH_SIZE];
	dev_t device; /* of the file, as it was just before it was opened */
	ino_t inode;
	struct tr_leash leash;
};

/* Opens the database at path, and a reader of the rows that filter lets through, which must
 * outlive it. TR_OK; otherwise *log is closed and *why says what is wrong with the file and
 * what to do: errors as tr_schema_open() and tr_schema_check(). */
enum tr_err tr_log_open(struct tr_log *log, const char *path, enum tr_log_role role,
    const struct tr_filter *filter, struct tr_why *why);

/* Writes the journal mode ("wal", "delete", ...), or "" where it cannot be read. */
void tr_log_journal_mode(const struct tr_log *log, char *out, size_t size);

/* Whether the file at path is another one than log has open, or is gone. */
int tr_log_replaced(const struct tr_log *log, const char *path);

void tr_log_close(struct tr_log *log);

#endif
