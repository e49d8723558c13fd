/* dbfile.c: the database file's header, identity and file system.
 *
 * SPDX-License-Identifier: MIT
 */
#include "watch/dbfile.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define HEADER_BYTES 100
#define AT_READ_VERSION 19
#define AT_CHANGE_COUNTER 24
#define VERSION_WAL 2

/* Not in the <linux/magic.h> of every system that we build on. */
#define CIFS_MAGIC 0xFF534D42
#define SMB2_MAGIC 0xFE534D42
#define CEPH_MAGIC 0x00C36400
#define FUSE_MAGIC 0x65735546

bool tr_dbhead_read(sqlite3 *db, struct tr_dbhead *out)
{
	sqlite3_file *file = NULL;
	unsigned char header[HEADER_BYTES];
	const unsigned char *counter = header + AT_CHANGE_COUNTER;
	int rc;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (!file || !file->pMethods)
		return false;
	rc = file->pMethods->xRead(file, header, sizeof(header), 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return false;
	/* What a short read did not fill, the VFS has set to zero. */
	out->whole = rc == SQLITE_OK;
	out->wal = header[AT_READ_VERSION] == VERSION_WAL;
	out->change_counter = (uint32_t)counter[0] << 24 | (uint32_t)counter[1] << 16 |
			      (uint32_t)counter[2] << 8 | counter[3];
	return true;
}

/* Looks at side file i; false if it is not there. */
static bool stat_side(struct stat *st, const char *db_path, int i)
{
	static const char *const suffix[2] = {"-wal", "-shm"};
	char path[TR_DB_PATH_BYTES];

	snprintf(path, sizeof(path), "%s%s", db_path, suffix[i]);
	return stat(path, st) == 0;
}

bool tr_sidefiles_note(struct tr_sidefiles *out, const char *db_path)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < 2; i++) {
		if (!stat_side(&st, db_path, i))
			return false;
		out->dev[i] = st.st_dev;
		out->ino[i] = st.st_ino;
	}
	return true;
}

bool tr_sidefiles_others(const struct tr_sidefiles *noted, const char *db_path)
{
	struct stat st;

	for (int i = 0; i < 2; i++)
		if (stat_side(&st, db_path, i) &&
		    (st.st_dev != noted->dev[i] || st.st_ino != noted->ino[i]))
			return true;
	return false;
}

bool tr_dbfile_moved(sqlite3 *db)
{
	int moved = 0;

	/* Compares with the open descriptor's inode, which cannot be given to another file
	 * as long as it is open. */
	sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved != 0;
}

bool tr_dbfile_is_remote(const char *db_path)
{
	static const unsigned magic[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_MAGIC,
	    SMB2_MAGIC, V9FS_MAGIC, FUSE_MAGIC, AFS_SUPER_MAGIC, CODA_SUPER_MAGIC, CEPH_MAGIC};
	struct statfs fs;

	if (statfs(db_path, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if ((unsigned)fs.f_type == magic[i])
			return true;
	return false;
}
