/* stream.h: the life of one event stream, from its first frame to its orderly end.
 *
 * - One poll() waits for everything: the watch, the client, the next deadline.
 * - Rows are read into memory and the statement is reset before anything is written.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_STREAM_H
#define TR_STREAM_STREAM_H

#include <stdint.h>

#include "base/err.h"
#include "stream/client.h"
#include "stream/feed.h"
#include "stream/params.h"
#include "stream/start.h"

#define TR_HEARTBEAT_S 15 /* a ping after so long without a frame; host time-outs are above */
#define TR_LINGER_S 10	  /* a stream of named jobs stays so long after they all ended */

struct tr_stream;

/* Opens what a stream needs and decides how it begins; source and params must outlive it.
 * TR_OK, and *answer says what to answer: after TR_ANSWER_STREAM comes tr_stream_begin() and
 * tr_stream_run(), after TR_ANSWER_BEGUN only the latter. Otherwise *out is NULL and *why
 * says what is wrong with the database.
 * In the pool this may return in a child process as well (visit.h), which goes on in the
 * caller's place: when the request is done, source->visit tells, and the child must end. */
enum tr_err tr_stream_open(struct tr_stream **out, struct tr_source *source,
    const struct tr_params *params, enum tr_answer *answer, struct tr_why *why);

/* Sends the first frames to client, after the response's head. max_stream_s: the stream ends
 * in order after so long; 0: no limit. TR_OK, or as tr_stream_run(). */
enum tr_err tr_stream_begin(struct tr_stream *stream, struct tr_client *client,
    int64_t max_stream_s, struct tr_why *why);

/* Writes frames to client until the client has left (TR_GONE), the stream has ended in
 * order, after a last ping (TR_OK: hold, max_stream_s, the named jobs' end, or a signal to
 * stop), or reading failed (the error, with the sentence in *why; the client then comes
 * back with its cursor). */
enum tr_err tr_stream_run(
    struct tr_stream *stream, struct tr_client *client, struct tr_why *why);

/* Writes a ping every 250 ms for that many seconds, without a database. As above. */
enum tr_err tr_stream_probe(struct tr_client *client, int64_t seconds);

/* stream may be NULL. */
void tr_stream_close(struct tr_stream *stream);

#endif
