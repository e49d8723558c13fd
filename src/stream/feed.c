/* feed.c: what a stream reads from: the rows after a position, and word when there are more.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/feed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/schema.h"

/* For opening and the snapshot: recovery after a crash, or a commit on a slow disk. */
#define BUSY_MS 2000

struct tr_feed {
	char *path;
	const struct tr_filter *filter;
	sqlite3 *db;
	struct tr_watch *watch;
	struct tr_reader *reader;
	char epoch[TR_EPOCH_SIZE];
	struct stat file; /* as it was just before it was opened */
};

static enum tr_err open_all(struct tr_feed *feed, struct tr_why *why)
{
	enum tr_err err;

	if (stat(feed->path, &feed->file) != 0)
		memset(&feed->file, 0, sizeof(feed->file));
	/* Read-write where this user may: the connection then keeps the -wal in being, which
	 * readers without write permission need. It never writes. */
	err = tr_schema_open(&feed->db, feed->path, SQLITE_OPEN_READWRITE, BUSY_MS, why);
	if (err == TR_DENIED)
		err = tr_schema_open(&feed->db, feed->path, SQLITE_OPEN_READONLY, BUSY_MS, why);
	if (!err)
		err = tr_schema_check(feed->db, feed->epoch, why);
	if (!err)
		err = tr_watch_open(&feed->watch, feed->db, why);
	if (!err)
		err = tr_reader_open(&feed->reader, feed->db, feed->filter, why);
	return err;
}

enum tr_err tr_feed_open(
    struct tr_feed **out, const char *path, const struct tr_filter *filter, struct tr_why *why)
{
	struct tr_feed *feed = calloc(1, sizeof(*feed));
	enum tr_err err = TR_NOMEM;

	*out = NULL;
	if (feed)
		feed->path = strdup(path);
	if (!feed || !feed->path) {
		tr_feed_close(feed);
		return tr_fail(why, err, "out of memory");
	}
	feed->filter = filter;
	err = open_all(feed, why);
	if (err)
		tr_feed_close(feed);
	else
		*out = feed;
	return err;
}

sqlite3 *tr_feed_db(const struct tr_feed *feed)
{
	return feed->db;
}

struct tr_reader *tr_feed_reader(const struct tr_feed *feed)
{
	return feed->reader;
}

const char *tr_feed_epoch(const struct tr_feed *feed)
{
	return feed->epoch;
}

int tr_feed_fd(const struct tr_feed *feed)
{
	return tr_watch_fd(feed->watch);
}

int64_t tr_feed_deadline_ns(const struct tr_feed *feed)
{
	return tr_watch_deadline_ns(feed->watch);
}

enum tr_look tr_feed_look(struct tr_feed *feed)
{
	return tr_watch_look(feed->watch);
}

enum tr_err tr_feed_read(struct tr_feed *feed, int64_t after, int64_t markers_from,
    struct tr_batch *batch, struct tr_why *why)
{
	enum tr_err err;

	/* From here on SQLite must not sleep in its busy handler: the watch has a finer one. */
	sqlite3_busy_timeout(feed->db, 0);
	err = tr_reader_read(feed->reader, after, INT64_MAX, markers_from, batch, why);
	if (err || batch->upto >= batch->bounds.newest)
		tr_watch_read_done(feed->watch, err);
	return err;
}

int tr_feed_replaced(const struct tr_feed *feed)
{
	struct stat now;

	return stat(feed->path, &now) != 0 || now.st_ino != feed->file.st_ino ||
	       now.st_dev != feed->file.st_dev;
}

void tr_feed_close(struct tr_feed *feed)
{
	if (!feed)
		return;
	tr_reader_close(feed->reader);
	tr_watch_close(feed->watch);
	sqlite3_close(feed->db);
	free(feed->path);
	free(feed);
}
