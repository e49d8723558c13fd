/* walindex.c: reads the wal-index header and the -wal through SQLite's own handles.
 *
 * SPDX-License-Identifier: MIT
 */
#include "watch/walindex.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define REGION_BYTES 32768 /* the unit in which SQLite maps the -shm */

/* Offsets in the wal-index header. */
#define AT_IS_INIT 12
#define AT_PAGE_SIZE 14
#define AT_MX_FRAME 16
#define AT_SALTS 32

/* The -wal: a header, then frames of a header and a page. */
#define WAL_HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
#define FRAME_AT_SALTS 8
#define SALTS_BYTES 8

/* The handle of the -wal; NULL while the connection has not opened it. Not opened means that
 * the -shm is not opened either, and xShmMap would then create one behind the pager's back. */
static sqlite3_file *wal_file(sqlite3 *db)
{
	sqlite3_file *file = NULL;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
	return file && file->pMethods ? file : NULL;
}

static const unsigned char *mapping(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	void volatile *region = NULL;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (!file || !file->pMethods || file->pMethods->iVersion < 2)
		return NULL;
	/* The result code is no help: SQLITE_READONLY comes with a good pointer. */
	file->pMethods->xShmMap(file, 0, REGION_BYTES, 0, &region);
	return (const unsigned char *)region;
}

enum tr_walindex_state tr_walindex_copy(sqlite3 *db, struct tr_walindex *out)
{
	struct tr_walindex first, second;
	const unsigned char *region = wal_file(db) ? mapping(db) : NULL;

	if (!region)
		return TR_WALINDEX_ABSENT;
	/* A writer stores the second copy, a barrier, the first copy: read the other way. */
	memcpy(first.bytes, region, sizeof(first.bytes));
	atomic_thread_fence(memory_order_seq_cst);
	memcpy(second.bytes, region + sizeof(first.bytes), sizeof(second.bytes));
	if (memcmp(&first, &second, sizeof(first)) != 0 || !first.bytes[AT_IS_INIT])
		return TR_WALINDEX_TORN;
	*out = first;
	return TR_WALINDEX_WHOLE;
}

static uint32_t frames(const struct tr_walindex *head)
{
	uint32_t mx_frame;

	memcpy(&mx_frame, head->bytes + AT_MX_FRAME, sizeof(mx_frame));
	return mx_frame;
}

/* Where the frame after the last committed one begins. */
static sqlite3_int64 end_of_frames(const struct tr_walindex *head)
{
	uint16_t coded;
	sqlite3_int64 page_bytes;

	memcpy(&coded, head->bytes + AT_PAGE_SIZE, sizeof(coded));
	page_bytes = coded == 1 ? 65536 : coded;
	return WAL_HEADER_BYTES + frames(head) * (page_bytes + FRAME_HEADER_BYTES);
}

bool tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head)
{
	sqlite3_file *wal = wal_file(db);
	sqlite3_int64 size_bytes;
	unsigned char salts[SALTS_BYTES];
	int rc;

	if (!wal)
		return true;
	/* The first writer into an empty -wal draws its salts and tells nobody before it
	 * commits: then there is nothing to compare with. */
	if (frames(head) == 0)
		return wal->pMethods->xFileSize(wal, &size_bytes) != SQLITE_OK ||
		       size_bytes > 0;
	rc = wal->pMethods->xRead(
	    wal, salts, sizeof(salts), end_of_frames(head) + FRAME_AT_SALTS);
	if (rc == SQLITE_IOERR_SHORT_READ)
		return false;
	return rc != SQLITE_OK || memcmp(salts, head->bytes + AT_SALTS, sizeof(salts)) == 0;
}

bool tr_walindex_cut_short(sqlite3 *db, const struct tr_walindex *head)
{
	sqlite3_file *wal = wal_file(db);
	sqlite3_int64 size_bytes;

	return wal && frames(head) > 0 &&
	       wal->pMethods->xFileSize(wal, &size_bytes) == SQLITE_OK &&
	       size_bytes < end_of_frames(head);
}
