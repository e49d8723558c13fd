/* feed.h: what a stream reads from: the rows after a position, and word when there are more.
 *
 * - This form is for a process that serves alone: it holds one connection, which is the
 *   keeper of the -wal as well, and a watch on it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_FEED_H
#define TR_STREAM_FEED_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "store/reader.h"
#include "watch/watch.h"

struct tr_feed;

/* Opens the database at path for the rows that filter lets through; both must outlive the
 * feed. What is committed after this is never missed. TR_OK; otherwise *out is NULL and
 * *why says what is wrong with the file and what to do: errors as tr_schema_open(),
 * tr_schema_check() and tr_watch_open(). */
enum tr_err tr_feed_open(
    struct tr_feed **out, const char *path, const struct tr_filter *filter, struct tr_why *why);

/* Borrowed from the feed, for what else is to be read. */
sqlite3 *tr_feed_db(const struct tr_feed *feed);
struct tr_reader *tr_feed_reader(const struct tr_feed *feed);
const char *tr_feed_epoch(const struct tr_feed *feed);

/* As tr_watch_fd(), tr_watch_deadline_ns() and tr_watch_look(). */
int tr_feed_fd(const struct tr_feed *feed);
int64_t tr_feed_deadline_ns(const struct tr_feed *feed);
enum tr_look tr_feed_look(struct tr_feed *feed);

/* Reads a batch as tr_reader_read() does, and tells the watch how it went. */
enum tr_err tr_feed_read(struct tr_feed *feed, int64_t after, int64_t markers_from,
    struct tr_batch *batch, struct tr_why *why);

/* Whether the file at the path is another one than this feed has open. */
int tr_feed_replaced(const struct tr_feed *feed);

/* Closes everything; feed may be NULL. */
void tr_feed_close(struct tr_feed *feed);

#endif
