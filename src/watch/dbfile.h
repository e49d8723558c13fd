/* dbfile.h: what the database file itself tells of changes, and whether it is still the one
 * at its path.
 *
 * - Through SQLite's own handle and by stat(): nothing here opens a file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WATCH_DBFILE_H
#define TR_WATCH_DBFILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* For the path of the database or of a file beside it; SQLite's own limit is 512. */
#define TR_DB_PATH_BYTES 1024

/* From the first 100 bytes of the file (https://www.sqlite.org/fileformat2.html, 1.3). */
struct tr_dbhead {
	bool whole;		 /* the file is as long as its header at least */
	bool wal;		 /* its journal mode is WAL */
	uint32_t change_counter; /* moves with every transaction in rollback mode, with none in
				    WAL mode; read without a lock, so perhaps of a transaction
				    that is not committed yet */
};

/* Reads it with one system call; false if SQLite's handle cannot be read. */
bool tr_dbhead_read(sqlite3 *db, struct tr_dbhead *out);

/* Which files lie beside the database: the -wal and the -shm. */
struct tr_sidefiles {
	dev_t dev[2];
	ino_t ino[2];
};

/* Notes them; false if one is not there. */
bool tr_sidefiles_note(struct tr_sidefiles *out, const char *db_path);

/* Whether another file has the name of one of those that were noted. One that is merely gone
 * is none. */
bool tr_sidefiles_others(const struct tr_sidefiles *noted, const char *db_path);

/* Whether the file at the path is no longer the one that the connection has open. */
bool tr_dbfile_moved(sqlite3 *db);

/* Whether the file system may be written by another machine: NFS, SMB, FUSE and such.
 * Writes from there raise no event here. */
bool tr_dbfile_is_remote(const char *db_path);

#endif
