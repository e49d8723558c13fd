/* shim.c: a VFS that halts, slows and times a writer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "shim.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define FRAME_HEADER_BYTES 24

struct shim_file {
	sqlite3_file base;
	int flags; /* as given to xOpen: which of the files it is */
	sqlite3_file *real;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	void (*hook)(void *arg, enum shim_point at);
	void *arg;
	unsigned delay_us;
	int64_t visible_ns;
	int ends_transaction; /* the frame whose page comes next does */
	int unpublished;      /* such a frame was written, the wal-index does not say so yet */
	int db_written;	      /* rollback mode: the transaction has reached the database */
	int journal_ended;
	_Atomic int64_t *locked_ns;
	int64_t locked_since_ns; /* 0: readers may read */
	int64_t visible_locked_ns;
} shim;

static void at(enum shim_point point)
{
	shim.hook(shim.arg, point);
}

static sqlite3_file *real(sqlite3_file *file)
{
	return ((struct shim_file *)file)->real;
}

static int is(sqlite3_file *file, int flag)
{
	return (((struct shim_file *)file)->flags & flag) != 0;
}

static int shim_close(sqlite3_file *file)
{
	return real(file)->pMethods->xClose(real(file));
}

static int shim_read(sqlite3_file *file, void *to, int amount, sqlite3_int64 offset)
{
	/* Nothing but recovery reads the header of the -wal. */
	if (is(file, SQLITE_OPEN_WAL) && offset == 0)
		at(SHIM_WAL_RECOVERY);
	return real(file)->pMethods->xRead(real(file), to, amount, offset);
}

static void wal_written(const unsigned char *bytes, int amount, sqlite3_int64 offset)
{
	if (amount == FRAME_HEADER_BYTES && offset > 0) {
		/* Bytes 4 to 7: the size of the database, in the last frame only. */
		shim.ends_transaction = memcmp(bytes + 4, "\0\0\0", 4) != 0;
	} else if (amount >= 512) {
		shim.unpublished = shim.ends_transaction;
		at(shim.ends_transaction ? SHIM_WAL_COMMIT : SHIM_WAL_SPILL);
	}
}

static void journal_ends(void)
{
	if (shim.db_written)
		at(SHIM_JOURNAL_END);
}

static void journal_ended(void)
{
	if (!shim.db_written)
		return;
	shim.db_written = 0;
	shim.journal_ended = 1;
	at(SHIM_JOURNAL_ENDED);
}

static int shim_write(sqlite3_file *file, const void *from, int amount, sqlite3_int64 offset)
{
	/* PERSIST ends a journal by zeroing its header. */
	int ends = is(file, SQLITE_OPEN_MAIN_JOURNAL) && offset == 0 && !*(const char *)from;
	int rc;

	if (ends)
		journal_ends();
	rc = real(file)->pMethods->xWrite(real(file), from, amount, offset);
	if (ends)
		journal_ended();
	if (is(file, SQLITE_OPEN_WAL)) {
		wal_written(from, amount, offset);
	} else if (is(file, SQLITE_OPEN_MAIN_DB)) {
		shim.db_written = 1;
		at(SHIM_DB_WRITE);
	}
	return rc;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int ends = is(file, SQLITE_OPEN_MAIN_JOURNAL) && size == 0;
	int rc;

	if (ends)
		journal_ends();
	if (is(file, SQLITE_OPEN_WAL) && size == 0)
		at(SHIM_WAL_TRUNCATE);
	rc = real(file)->pMethods->xTruncate(real(file), size);
	if (ends)
		journal_ended();
	return rc;
}

static int shim_sync(sqlite3_file *file, int flags)
{
	int rc = real(file)->pMethods->xSync(real(file), flags);

	if (shim.delay_us)
		usleep(shim.delay_us);
	return rc;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

static int shim_lock(sqlite3_file *file, int level)
{
	/* Even where it fails it leaves PENDING, which keeps new readers out. */
	if (level == SQLITE_LOCK_EXCLUSIVE && !shim.locked_since_ns)
		shim.locked_since_ns = tr_mono_ns();
	return real(file)->pMethods->xLock(real(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
	int64_t now_ns = tr_mono_ns();

	if (shim.locked_ns && shim.locked_since_ns)
		*shim.locked_ns += now_ns - shim.locked_since_ns;
	shim.locked_since_ns = 0;
	if (shim.journal_ended) {
		shim.visible_ns = now_ns;
		shim.visible_locked_ns = shim.locked_ns ? *shim.locked_ns : 0;
	}
	shim.journal_ended = 0;
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int shim_check_reserved(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int shim_control(sqlite3_file *file, int op, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int shim_sector_size(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

static int shim_characteristics(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int shim_shm_map(
    sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
	return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

/* SQLite's only barrier between a transaction's last frame and its publication stands
 * between the two stores of the wal-index header. */
static void shim_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
	if (!shim.unpublished)
		return;
	shim.unpublished = 0;
	at(SHIM_WAL_HALF);
	shim.visible_ns = tr_mono_ns();
}

static int shim_shm_unmap(sqlite3_file *file, int delete)
{
	return real(file)->pMethods->xShmUnmap(real(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct shim_file *f = (struct shim_file *)file;
	int rc;

	(void)vfs;
	f->flags = flags;
	f->real = (sqlite3_file *)(f + 1);
	rc = shim.real->xOpen(shim.real, name, f->real, flags, out);
	f->base.pMethods = f->real->pMethods ? &methods : NULL;
	return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	size_t len = strlen(name);
	int ends = len > 8 && strcmp(name + len - 8, "-journal") == 0;
	int rc;

	(void)vfs;
	if (ends)
		journal_ends();
	rc = shim.real->xDelete(shim.real, name, sync_dir);
	if (ends)
		journal_ended();
	return rc;
}

void shim_install(void (*hook)(void *arg, enum shim_point at), void *arg)
{
	shim.real = sqlite3_vfs_find(NULL);
	shim.hook = hook;
	shim.arg = arg;
	/* All that takes no file is the real one's, and so is its pAppData. */
	shim.vfs = *shim.real;
	shim.vfs.zName = "shim";
	shim.vfs.szOsFile = (int)sizeof(struct shim_file) + shim.real->szOsFile;
	shim.vfs.xOpen = shim_open;
	shim.vfs.xDelete = shim_delete;
	sqlite3_vfs_register(&shim.vfs, 1);
}

void shim_slow_sync(unsigned delay_us)
{
	shim.delay_us = delay_us;
}

int64_t shim_visible_ns(void)
{
	return shim.visible_ns;
}

void shim_count_locks(_Atomic int64_t *locked_ns)
{
	shim.locked_ns = locked_ns;
}

int64_t shim_visible_locked_ns(void)
{
	return shim.visible_locked_ns;
}
