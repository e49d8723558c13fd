/* schema.h: the tables of a tailrow database: making them, and telling whether a file has
 * them.
 *
 * - The tables are the public interface: any program may write them with any SQLite from
 *   3.7 on, so schema.sql uses nothing younger.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_SCHEMA_H
#define TR_STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/cursor.h"
#include "base/err.h"

#define TR_SCHEMA_VERSION 1

/* Makes a database at path, or completes an empty file, in WAL mode and with a fresh epoch.
 * A new file can be written by the directory's group if that may write there, and is the
 * directory owner's where root makes it.
 * A database of this version already there is left as it is, and that is TR_OK too.
 * Otherwise TR_FOREIGN (some other file is there), TR_DENIED, TR_ABSENT (no such
 * directory), TR_BUSY or TR_DB, with the sentence in *why; a file that was there before is
 * then as it was. */
enum tr_err tr_schema_init(const char *path, struct tr_why *why);

/* Gives the database at path a fresh epoch, for a copy restored from a backup: every stream
 * that reconnects is then told `reset`. Errors as tr_schema_check(). */
enum tr_err tr_schema_renew_epoch(const char *path, struct tr_why *why);

/* Opens path with flags (SQLITE_OPEN_READONLY or _READWRITE; never creates a file unless
 * _CREATE is there too), with a busy timeout of busy_ms, extended result codes, trusted_schema
 * off and DEFENSIVE on, and runs no statement yet.
 * TR_OK: *db is the caller's to close. Otherwise *db is NULL and *why says which file,
 * what is wrong and what to do: TR_ABSENT (no such file, or it is a directory), TR_DENIED
 * (_READWRITE on a file that this user may only read too: SQLite itself would open it
 * read-only and say nothing; try again with _READONLY if that will do), TR_NOMEM. */
enum tr_err tr_schema_open(
    sqlite3 **db, const char *path, int flags, int busy_ms, struct tr_why *why);

/* Whether db, which was opened for reading, may be read without harm; to be asked before its
 * first statement. TR_DENIED, with the sentence in *why: this user may write beside the
 * database but not the database, so it would leave a -wal and -shm there that no publisher may
 * write. */
enum tr_err tr_schema_harmless(sqlite3 *db, struct tr_why *why);

/* Looks whether db has our tables at our version, and copies its epoch. TR_OK; TR_FOREIGN
 * (no database at all, another program's, or another version of ours), TR_BUSY, TR_DENIED
 * (say, a WAL database in a directory this user cannot write, with no keeper) or TR_DB, with
 * the sentence in *why. */
enum tr_err tr_schema_check(sqlite3 *db, char epoch[TR_EPOCH_SIZE], struct tr_why *why);

/* The error value for an SQLite result code (extended, or not), and in *why the sentence that
 * goes with it, which names path. For SQLITE_OK, _ROW and _DONE: TR_OK and no sentence. */
enum tr_err tr_schema_error(int rc, const char *path, struct tr_why *why);

#endif
