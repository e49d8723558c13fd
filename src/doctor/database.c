/* database.c: examines the database file: what it is, where it lies, who may use it.
 *
 * - It is opened as a publisher opens it, where that may be: closing then takes away the -wal
 *   and the -shm that opening made, which a mere reader would leave.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/database.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "doctor/permit.h"
#include "store/schema.h"
#include "watch/dbfile.h"

#define BUSY_MS 2000
#define MB (INT64_C(1024) * 1024)
#define GB (1024 * MB)

/* A full disk stops every publisher; SQLite's own files need a few MB to commit at all. */
#define DISK_PROBLEM_BYTES (16 * MB)
#define DISK_NOTE_BYTES (256 * MB)

/* SQLite begins at the start of the -wal again after 1000 pages, 4 MB, if nobody reads. */
#define WAL_NOTE_BYTES (64 * MB)

/* The first column of the statement's first row; 0: there is none. */
static int64_t ask_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t number = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return number;
}

/* How a connection of this system's SQLite commits that sets nothing else. */
static void judge_synchronous(struct tr_findings *out, sqlite3 *db, bool wal)
{
	static const char *const words[] = {"OFF", "NORMAL", "FULL", "EXTRA"};
	int64_t synchronous = ask_number(db, "PRAGMA synchronous");

	if (synchronous <= 0 || synchronous > 3) {
		tr_find(out, TR_NOTE, TR_DATABASE, "synchronous",
		    "Commits do not wait for the disk here (synchronous = OFF): a power "
		    "failure may damage the database.");
		tr_find_cure(out, "Let each publisher set it, on every connection:");
		tr_find_lines(out, "PRAGMA synchronous = NORMAL");
		return;
	}
	tr_find(out, TR_FINE, TR_DATABASE, "synchronous",
	    "Publishers commit with synchronous = %s unless they set another%s.",
	    words[synchronous],
	    wal && synchronous > 1 ? "; NORMAL is as safe for a file in WAL mode, and faster"
				   : "");
}

static void judge_journal(struct tr_findings *out, sqlite3 *db, bool wal, bool remote)
{
	if (wal || remote) {
		tr_find(out, TR_FINE, TR_DATABASE, "journal", "Its journal mode is %s.",
		    wal ? "WAL" : "a rollback journal, as a network file system needs it");
		return;
	}
	tr_find(out, TR_NOTE, TR_DATABASE, "journal",
	    "Its journal mode is a rollback journal: that works, but readers and publishers "
	    "wait for one another.");
	tr_find_cure(out, "Once, while no program has the database open:");
	tr_find_lines(
	    out, "sqlite3 '%s' 'PRAGMA journal_mode = WAL'", sqlite3_db_filename(db, "main"));
}

/* The name of the file system that the device is mounted as, as proc(5) says under mountinfo:
 * "36 35 98:0 /root /mount options - TYPE …". "" where none is found. */
static void name_of_fs(char out[64], dev_t device)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t cap_bytes = 0;

	*out = '\0';
	while (mounts && getline(&line, &cap_bytes, mounts) >= 0) {
		const char *type = strstr(line, " - ");
		unsigned major, minor;

		if (type && sscanf(line, "%*u %*u %u:%u", &major, &minor) == 2 &&
		    makedev(major, minor) == device)
			sscanf(type, " - %63s", out);
	}
	free(line);
	if (mounts)
		fclose(mounts);
}

static void judge_remote(struct tr_findings *out, const char *path, const char *fs, bool wal)
{
	tr_find(out, wal ? TR_PROBLEM : TR_NOTE, TR_DATABASE, "network",
	    "%s lies on a network file system (%s)%s.", path, *fs ? fs : "of unknown kind",
	    wal ? ", where WAL mode loses data when a second machine opens it"
		: "; new rows are looked for every 250 ms");
	if (!wal)
		return;
	tr_find_cure(out, "Move it to a local disk, or leave WAL mode, once, while no program "
			  "has it open:");
	tr_find_lines(out, "sqlite3 '%s' 'PRAGMA journal_mode = DELETE'", path);
}

static void judge_disk(
    struct tr_findings *out, const char *path, const char *fs, const struct statvfs *disk)
{
	int64_t free_bytes = (int64_t)disk->f_bavail * (int64_t)disk->f_frsize;
	enum tr_grade grade = free_bytes < DISK_PROBLEM_BYTES ? TR_PROBLEM
			      : free_bytes < DISK_NOTE_BYTES  ? TR_NOTE
							      : TR_FINE;

	if (disk->f_flag & ST_RDONLY) {
		tr_find(out, TR_PROBLEM, TR_DATABASE, "read-only",
		    "The file system of %s is mounted read-only: nobody can publish.", path);
		return;
	}
	tr_find(out, grade, TR_DATABASE, "disk", "%lld %s are free on its disk%s%s%s.",
	    (long long)(free_bytes / (free_bytes < 10 * GB ? MB : GB)),
	    free_bytes < 10 * GB ? "MB" : "GB", *fs ? " (" : "", fs, *fs ? ")" : "");
	if (grade != TR_FINE)
		tr_find_cure(out, "Make room, or let go of old rows: tailrow prune.");
}

static void judge_wal_size(struct tr_findings *out, const char *path)
{
	char name[PATH_MAX + 8];
	struct stat st;

	snprintf(name, sizeof(name), "%s-wal", path);
	if (stat(name, &st) != 0 || st.st_size < WAL_NOTE_BYTES)
		return;
	tr_find(out, TR_NOTE, TR_DATABASE, "wal-size",
	    "The -wal has grown to %lld MB: some program keeps a read transaction open, so "
	    "that SQLite cannot begin it anew.",
	    (long long)st.st_size / MB);
	tr_find_cure(out, "See who has it open, and end what should not:");
	tr_find_lines(out, "fuser -v '%s'", name);
}

static bool is_mounted_read_only(const char *path)
{
	struct statvfs disk;

	return statvfs(path, &disk) == 0 && disk.f_flag & ST_RDONLY;
}

static void judge_place(struct tr_findings *out, const char *path, bool wal, bool remote)
{
	struct statvfs disk;
	struct stat st;
	char fs[64] = "";

	if (stat(path, &st) == 0)
		name_of_fs(fs, st.st_dev);
	if (remote)
		judge_remote(out, path, fs, wal);
	if (statvfs(path, &disk) == 0)
		judge_disk(out, path, fs, &disk);
	judge_wal_size(out, path);
}

/* Runs statements: from here on the files beside the database are made. */
static void read_tables(
    struct tr_findings *out, sqlite3 *db, bool wal, bool remote, char epoch[TR_EPOCH_SIZE])
{
	struct tr_why why = {0};
	enum tr_err err = tr_schema_check(db, epoch, &why);

	if (err) {
		tr_find(out, TR_PROBLEM, TR_DATABASE, "unusable", "%s.", why.text);
		return;
	}
	tr_find(out, TR_FINE, TR_DATABASE, "schema",
	    "%s holds the tables of version %d; the newest row of the log is %lld.",
	    sqlite3_db_filename(db, "main"), TR_SCHEMA_VERSION,
	    (long long)ask_number(db, "SELECT seq FROM sqlite_sequence WHERE name = 'log'"));
	judge_journal(out, db, wal, remote);
	judge_synchronous(out, db, wal);
}

static enum tr_err open_as_may_be(sqlite3 **db, const char *path, struct tr_why *why)
{
	enum tr_err err = tr_schema_open(db, path, SQLITE_OPEN_READWRITE, BUSY_MS, why);

	if (err == TR_DENIED)
		err = tr_schema_open(db, path, SQLITE_OPEN_READONLY, BUSY_MS, why);
	return err;
}

/* Whose rights count, and what they come to. To be asked before a statement has run: that one
 * makes the files beside the database. */
struct rights {
	struct tr_user self, web;
	struct tr_permit own, page;
	bool known; /* there is a web user */
	struct tr_why why;
	enum tr_err untried; /* what the web user may do could not be found out, and why */
};

static enum tr_err ask_rights(
    struct rights *rights, const char *path, bool wal, const char *web_user, struct tr_why *why)
{
	enum tr_err err = web_user ? tr_user_named(&rights->web, web_user, why)
				   : tr_user_web(&rights->web, path);

	if (web_user && err)
		return err;
	rights->known = !err;
	tr_user_self(&rights->self);
	rights->own = (struct tr_permit){.path = path, .wal = wal, .user = &rights->self};
	rights->page =
	    (struct tr_permit){.path = path, .wal = wal, .user = &rights->web, .web = true};
	tr_access(&rights->own.access, &rights->self, path, NULL); /* one's own: TR_OK */
	if (rights->known)
		rights->untried =
		    tr_access(&rights->page.access, &rights->web, path, &rights->why);
	return TR_OK;
}

static void judge_rights(struct tr_findings *out, const struct rights *rights)
{
	/* Root may do everything, which says nothing. */
	if (rights->self.uid != 0 && !(rights->known && rights->web.self))
		tr_permit_judge(out, &rights->own);
	if (!rights->known) {
		tr_find(out, TR_NOTE, TR_DATABASE, "web-user",
		    "No user of a web server is known here, so nobody's rights were looked "
		    "at.");
		tr_find_cure(out, "Name it with --web-user.");
	} else if (rights->untried) {
		tr_find(out, TR_NOTE, TR_DATABASE, "untried", "%s.", rights->why.text);
	} else {
		tr_permit_judge(out, &rights->page);
	}
}

enum tr_err tr_database_examine(struct tr_findings *out, const char *path, const char *web_user,
    char epoch[TR_EPOCH_SIZE], struct tr_why *why)
{
	struct tr_dbhead head = {0};
	struct rights rights = {0};
	sqlite3 *db;
	enum tr_err err;
	bool remote;

	*epoch = '\0';
	if (open_as_may_be(&db, path, why)) {
		tr_find(out, TR_PROBLEM, TR_DATABASE, "unopened", "%s.", why->text);
		return TR_OK;
	}
	path = sqlite3_db_filename(db, "main");
	remote = tr_dbfile_is_remote(path);
	tr_dbhead_read(db, &head); /* through SQLite's handle, and still no file is made */
	err = ask_rights(&rights, path, head.wal, web_user, why);
	/* files that lie beside it now are to lie there afterwards */
	sqlite3_db_config(
	    db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)rights.own.access.beside, (int *)NULL);
	if (!err && !tr_permit_shuts_out(&rights.own))
		read_tables(out, db, head.wal, remote, epoch);
	if (!err && !is_mounted_read_only(path)) /* or no mode could mend them */
		judge_rights(out, &rights);
	if (!err)
		judge_place(out, path, head.wal, remote);
	sqlite3_close(db);
	return err;
}
