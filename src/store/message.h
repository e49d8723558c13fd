/* message.h: a log row's message, as much of it as is wanted.
 *
 * - A column of a SELECT comes into memory whole, and a message may have a hundred megabytes;
 *   this reads only the pages that hold what is asked for.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_MESSAGE_H
#define TR_STORE_MESSAGE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* {0} before. Holds a read transaction open from the first reading until it is closed. */
struct tr_message {
	sqlite3_blob *blob;
};

/* Appends what follows byte `from` of the message of that row, at most most_bytes, to out, and
 * tells the length of all of it. TR_OK; TR_ABSENT: there is no such row; TR_BUSY, TR_DB,
 * TR_NOMEM. The sentence is in *why. */
enum tr_err tr_message_read(struct tr_message *message, sqlite3 *db, int64_t row_id,
    int64_t from, size_t most_bytes, struct tr_buf *out, int64_t *len_bytes,
    struct tr_why *why);

/* Ends it; it may be used again. */
void tr_message_close(struct tr_message *message);

#endif
