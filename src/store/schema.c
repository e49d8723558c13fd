/* schema.c: makes the tables, and tells what is wrong with a file that lacks them.
 *
 * - SQLite's locks are POSIX locks: an open() and close() of the database by anybody else in
 *   this process would drop them, so a path is looked at with stat() and access() only; just
 *   `init` makes a new file before there is a connection.
 * - The text of the schema is schema.sql, embedded by the Makefile.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "schema_sql.h"

#define INIT_BUSY_MS 5000
#define WAL_TRIES 100 /* with WAL_PAUSE_MS between them: two seconds */
#define WAL_PAUSE_MS 20

/* Whether this user may not write a -wal or -shm that is there. SQLite makes them with the mode
 * of the database, so one who may only read that, but write in its directory, makes such. */
static int is_kept_from_sidefiles(const char *path)
{
	static const char *const suffixes[] = {"-wal", "-shm"};
	char side[PATH_MAX];

	for (int i = 0; i < 2 && !access(path, W_OK); i++) {
		snprintf(side, sizeof(side), "%s%s", path, suffixes[i]);
		if (access(side, W_OK) && errno == EACCES)
			return 1;
	}
	return 0;
}

static int is_mounted_read_only(const char *path)
{
	struct statvfs fs;

	return !statvfs(path, &fs) && fs.f_flag & ST_RDONLY;
}

/* Whether SQLite could open a file no better: its codes do not tell that from permission. */
static int is_out_of_descriptors(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EMFILE;
}

/* Why what SQLite's code says of permission came about. */
static enum tr_err denied(int rc, const char *path, struct tr_why *why)
{
	if (is_out_of_descriptors())
		return tr_fail_sys(why, path, EMFILE);
	if (is_mounted_read_only(path))
		return tr_fail(why, TR_DENIED,
		    "the file system of %s is mounted read-only: see why (dmesg), and remount "
		    "it read-write",
		    path);
	if (rc == SQLITE_READONLY_DIRECTORY)
		return tr_fail(why, TR_DENIED,
		    "this user cannot write in the directory of %s, where SQLite keeps its "
		    "journal: give its group write permission there (chmod 2770), or keep a "
		    "program connected that may write",
		    path);
	if ((rc & 0xff) == SQLITE_CANTOPEN)
		return tr_fail(why, TR_DENIED,
		    "SQLite cannot open %s or the files beside it: see who may read and write "
		    "there",
		    path);
	if (is_kept_from_sidefiles(path))
		return tr_fail(why, TR_DENIED,
		    "this user may not write the -wal and -shm beside %s, which another "
		    "user's program made: give the group write permission on all three "
		    "files (chmod 660)",
		    path);
	return tr_fail(why, TR_DENIED,
	    "this user may not write %s: give its group write permission on the file "
	    "and on its directory",
	    path);
}

enum tr_err tr_schema_error(int rc, const char *path, struct tr_why *why)
{
	switch (rc) {
	case SQLITE_READONLY_RECOVERY: /* also seen where a moment later all is well */
		return tr_fail(why, TR_BUSY, "%s is being recovered: try again", path);
	case SQLITE_IOERR_SHMSIZE: /* no room for the -shm */
		rc = SQLITE_FULL;
		break;
	}
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return TR_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return tr_fail(
		    why, TR_BUSY, "%s is locked by another program: try again", path);
	case SQLITE_NOMEM:
		return tr_fail(why, TR_NOMEM, "out of memory while using %s", path);
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return denied(rc, path, why);
	case SQLITE_NOTADB:
		return tr_fail(why, TR_FOREIGN,
		    "%s is not an SQLite database: name another file, or move it away and run: "
		    "tailrow --db %s init",
		    path, path);
	case SQLITE_CORRUPT:
		return tr_fail(why, TR_DB,
		    "%s is damaged: restore a backup, or save what is left with: "
		    "sqlite3 %s .recover",
		    path, path);
	case SQLITE_FULL:
		return tr_fail(why, TR_DB, "the disk of %s is full: make room", path);
	case SQLITE_INTERRUPT:
		return tr_fail(why, TR_DB,
		    "a statement on %s took too long and was ended: see whether its disk is "
		    "slow, "
		    "and who wrote the file",
		    path);
	default:
		return tr_fail(
		    why, TR_DB, "%s: %s (SQLite code %d)", path, sqlite3_errstr(rc), rc);
	}
}

/* Why path could not be opened, or why not created, where creating. */
static enum tr_err open_error(int rc, const char *path, int creating, struct tr_why *why)
{
	struct stat st;

	if (rc == SQLITE_NOMEM)
		return tr_schema_error(rc, path, why);
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return tr_fail(
		    why, TR_ABSENT, "%s is a directory: name the database file in it", path);
	if (is_out_of_descriptors())
		return tr_fail_sys(why, path, EMFILE);
	if (!access(path, F_OK) || errno == EACCES)
		return tr_fail(why, TR_DENIED,
		    "this user may not open %s: give its group permission on the file and on "
		    "its directory",
		    path);
	if (!creating)
		return tr_fail(why, TR_ABSENT,
		    "%s does not exist: make it with: tailrow --db %s init", path, path);
	return tr_fail(why, TR_ABSENT,
	    "%s cannot be made: its directory does not exist, or this user may not write there",
	    path);
}

enum tr_err tr_schema_open(
    sqlite3 **db, const char *path, int flags, int busy_ms, struct tr_why *why)
{
	int rc = sqlite3_open_v2(path, db, flags, NULL);
	enum tr_err err = TR_OK;

	if (rc)
		err = open_error(rc, path, flags & SQLITE_OPEN_CREATE, why);
	else if (!*sqlite3_db_filename(*db, "main"))
		err = tr_fail(why, TR_ABSENT, "'%s' does not name a file", path);
	else if ((flags & SQLITE_OPEN_READWRITE) && sqlite3_db_readonly(*db, "main"))
		err = tr_schema_error(SQLITE_READONLY, path, why);
	if (err) {
		sqlite3_close(*db);
		*db = NULL;
		return err;
	}
	sqlite3_extended_result_codes(*db, 1);
	sqlite3_busy_timeout(*db, busy_ms);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	return TR_OK;
}

/* Whether the database is in WAL mode: byte 19 of its header
 * (https://www.sqlite.org/fileformat2.html, 1.3), by SQLite's own handle. */
static int is_wal(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	unsigned char version = 0;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	return file && file->pMethods && !file->pMethods->xRead(file, &version, 1, 19) &&
	       version == 2;
}

/* Whether opening makes a -wal or -shm, as far as the directory lets this user. */
static int makes_sidefiles(const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%.*s", slash ? (int)(slash - path) + 1 : 0, path);
	if (access(*name ? name : ".", W_OK))
		return 0;
	snprintf(name, sizeof(name), "%s-wal", path);
	if (access(name, F_OK))
		return 1;
	snprintf(name, sizeof(name), "%s-shm", path);
	return access(name, F_OK) != 0;
}

enum tr_err tr_schema_harmless(sqlite3 *db, struct tr_why *why)
{
	const char *path = sqlite3_db_filename(db, "main");

	if (!access(path, W_OK) || !makes_sidefiles(path) || !is_wal(db))
		return TR_OK;
	return tr_fail(why, TR_DENIED,
	    "this user may write beside %s but not the file: what SQLite makes there to read "
	    "it "
	    "would keep its publishers out: give the group write permission on the file "
	    "(chmod 660)",
	    path);
}

/* Counts the file's tables, and those of them that bear our names. An SQLite code. */
static int count_tables(sqlite3 *db, int *all, int *ours)
{
	static const char sql[] = "SELECT count(*), sum(type = 'table' AND name IN "
				  "('job', 'log', 'meta')) FROM sqlite_master";
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	*all = *ours = 0;
	if (!rc && sqlite3_step(stmt) == SQLITE_ROW) {
		*all = sqlite3_column_int(stmt, 0);
		*ours = sqlite3_column_int(stmt, 1);
	}
	return rc ? rc : sqlite3_finalize(stmt);
}

/* Whether that column is the key of a table of its own. What sqlite_master calls a table may be
 * a view or a virtual table all the same, and compute for ever: neither has a primary key, or
 * one that counts up. An SQLite code; SQLITE_ERROR: it is none. */
static int check_table(sqlite3 *db, const char *table, const char *column, int counts)
{
	int is_key = 0, is_counter = 0;
	int rc = sqlite3_table_column_metadata(
	    db, "main", table, column, NULL, NULL, NULL, &is_key, &is_counter);

	return rc || (is_key && is_counter == counts) ? rc : SQLITE_ERROR;
}

static int check_tables(sqlite3 *db)
{
	int rc = check_table(db, "job", "id", 1);

	if (!rc)
		rc = check_table(db, "log", "id", 1);
	return rc ? rc : check_table(db, "meta", "key", 0);
}

/* Copies the value of a key of meta, "" where there is none. An SQLite code. */
static int get_meta(sqlite3 *db, const char *key, char *out, int size)
{
	sqlite3_stmt *stmt = NULL;
	int rc =
	    sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = ?", -1, &stmt, NULL);

	*out = '\0';
	if (rc)
		return rc;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0))
		sqlite3_snprintf(size, out, "%s", sqlite3_column_text(stmt, 0));
	return sqlite3_finalize(stmt);
}

/* TR_OK where the tables are ours and of our version, else as tr_schema_check(). */
static enum tr_err check_version(sqlite3 *db, struct tr_why *why)
{
	const char *path = sqlite3_db_filename(db, "main");
	char version[16] = "";
	int all, ours;
	int rc = count_tables(db, &all, &ours);

	if (!rc && !all)
		return tr_fail(why, TR_FOREIGN,
		    "%s is empty: make its tables with: tailrow --db %s init", path, path);
	if (!rc && ours == 3)
		rc = check_tables(db);
	if (!rc && ours == 3)
		rc = get_meta(db, "schema_version", version, sizeof(version));
	if (rc == SQLITE_ERROR || (!rc && !*version))
		return tr_fail(why, TR_FOREIGN,
		    "%s is another program's database: name another file", path);
	if (rc)
		return tr_schema_error(rc, path, why);
	if (strtol(version, NULL, 10) != TR_SCHEMA_VERSION)
		return tr_fail(why, TR_FOREIGN,
		    "%s has schema version %s and this tailrow knows version %d: "
		    "use the tailrow that made it",
		    path, version, TR_SCHEMA_VERSION);
	return TR_OK;
}

enum tr_err tr_schema_check(sqlite3 *db, char epoch[TR_EPOCH_SIZE], struct tr_why *why)
{
	const char *path = sqlite3_db_filename(db, "main");
	enum tr_err err = check_version(db, why);
	char value[TR_EPOCH_SIZE + 1]; /* one more, to see one that is too long */
	size_t len;
	int rc;

	if (err)
		return err;
	rc = get_meta(db, "epoch", value, sizeof(value));
	if (rc)
		return tr_schema_error(rc, path, why);
	len = strspn(value, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	if (!len || value[len] || len >= TR_EPOCH_SIZE)
		return tr_fail(why, TR_FOREIGN,
		    "the epoch in %s is missing or malformed: mend it with: "
		    "tailrow --db %s init --renew-epoch",
		    path, path);
	memcpy(epoch, value, len + 1);
	return TR_OK;
}

/* Tries again what schema.sql ends with. A second `init` may hold the write lock, until it sees
 * that the tables are there: SQLite does not wait for that by itself. */
static void enter_wal(sqlite3 *db)
{
	int rc = SQLITE_BUSY;

	for (int i = 0; i < WAL_TRIES && (rc & 0xff) == SQLITE_BUSY; i++) {
		if (i)
			sqlite3_sleep(WAL_PAUSE_MS);
		rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	}
}

/* Takes a database back into rollback mode on a file system that accepted WAL and then has no
 * shared memory to give. A connection that is alone from its start needs none. */
static enum tr_err leave_wal(const char *path)
{
	sqlite3 *db;
	enum tr_err err = tr_schema_open(&db, path, SQLITE_OPEN_READWRITE, INIT_BUSY_MS, NULL);

	if (err)
		return err;
	sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE", NULL,
	    NULL, NULL);
	err = check_version(db, NULL);
	sqlite3_close(db);
	return err;
}

/* Makes the tables in an empty file. Where another process did so meanwhile, that is TR_OK. */
static enum tr_err make_tables(sqlite3 *db, const char *path, struct tr_why *why)
{
	int rc = sqlite3_exec(db, schema_sql, NULL, NULL, NULL);

	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	if (rc && check_version(db, NULL))
		return tr_schema_error(rc, path, why);
	enter_wal(db);
	return check_version(db, why);
}

/* Makes the file, where there is none, for those whom the directory is for: its group may
 * write where it may write there, and where root makes the file it is the directory owner's.
 * SQLite gives the -wal and -shm the same owner and mode. O_EXCL: a link that somebody left
 * there is not followed. What fails here SQLite's own attempt says, or the doctor. */
static void make_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat st;
	int fd = -1;

	if (dir && !stat(dir, &st))
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	free(dir);
	if (fd < 0)
		return;
	if ((geteuid() != 0 || !fchown(fd, st.st_uid, st.st_gid)) && st.st_mode & S_IWGRP &&
	    !fstat(fd, &st))
		fchmod(fd, (st.st_mode & 0777) | S_IRGRP | S_IWGRP);
	close(fd);
}

enum tr_err tr_schema_init(const char *path, struct tr_why *why)
{
	sqlite3 *db;
	int all, ours, rc;
	enum tr_err err;

	if (*path != ':' && strncmp(path, "file:", 5) != 0) /* SQLite's own notations */
		make_file(path);
	err = tr_schema_open(
	    &db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, INIT_BUSY_MS, why);
	if (err)
		return err;
	rc = count_tables(db, &all, &ours);
	if (rc)
		err = tr_schema_error(rc, path, why);
	else
		err = all ? check_version(db, why) : make_tables(db, path, why);
	sqlite3_close(db);
	if (!rc && !all && err && err != TR_BUSY && !leave_wal(path))
		err = TR_OK;
	return err;
}

enum tr_err tr_schema_renew_epoch(const char *path, struct tr_why *why)
{
	static const char sql[] =
	    "REPLACE INTO meta VALUES ('epoch', lower(hex(randomblob(8))))";
	sqlite3 *db = NULL;
	enum tr_err err = tr_schema_open(&db, path, SQLITE_OPEN_READWRITE, INIT_BUSY_MS, why);

	if (err)
		return err;
	err = check_version(db, why);
	if (!err)
		err = tr_schema_error(sqlite3_exec(db, sql, NULL, NULL, NULL), path, why);
	sqlite3_close(db);
	return err;
}
