/* mux.h: several lanes in one connection: what their frames' ids and names become.
 *
 * - The cursor is `jobs:EPOCH-N,orders:EPOCH-M`: each lane's own after its name.
 * - An event of a lane other than the jobs' goes out as NAME:event, so that a page can tell
 *   two tables' rows apart.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_MUX_H
#define TR_STREAM_MUX_H

#include "base/buf.h"
#include "base/cursor.h"
#include "stream/lane.h"

#define TR_MUX_OWN (-1) /* frames that are the stream's own, not a lane's */

struct tr_mux {
	const char *names[TR_LANES];
	struct tr_cursor cursors[TR_LANES]; /* below 0: it has none yet, and is left out */
	int count;
};

/* Appends the frames in piece, which are lane i's or TR_MUX_OWN. Failure of either shows in
 * tr_buf_err(out). */
void tr_mux_add(
    struct tr_buf *out, const struct tr_buf *piece, const struct tr_mux *mux, int i);

#endif
