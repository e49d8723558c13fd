/* mux.c: several lanes in one connection: what their frames' ids and names become.
 *
 * - Works on finished frames: a line that begins with `id: ` or `event: ` is the field, as
 *   each line of data has `data: ` before it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/mux.h"

#include <string.h>

#define ID "id: "
#define EVENT "event: "

static int begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The cursor of all lanes that have a place; lane i's is the text own. */
static void add_id(
    struct tr_buf *out, const struct tr_mux *mux, int i, const char *own, size_t own_len)
{
	char text[TR_CURSOR_SIZE];
	const char *comma = "";

	tr_buf_adds(out, ID);
	for (int j = 0; j < mux->count; j++) {
		if (j != i && mux->cursors[j].n < 0)
			continue;
		tr_buf_addf(out, "%s%s:", comma, mux->names[j]);
		comma = ",";
		if (j == i) {
			tr_buf_add(out, own, own_len);
			continue;
		}
		tr_cursor_format(text, &mux->cursors[j]);
		tr_buf_adds(out, text);
	}
}

static void add_line(
    struct tr_buf *out, const char *line, size_t len, const struct tr_mux *mux, int i)
{
	const size_t id_len = strlen(ID), event_len = strlen(EVENT);

	if (begins(line, len, ID)) {
		add_id(out, mux, i, line + id_len, len - id_len);
	} else if (i != TR_MUX_OWN && begins(line, len, EVENT) &&
		   strcmp(mux->names[i], "jobs") != 0) {
		tr_buf_addf(out, EVENT "%s:", mux->names[i]);
		tr_buf_add(out, line + event_len, len - event_len);
	} else {
		tr_buf_add(out, line, len);
	}
	tr_buf_adds(out, "\n");
}

void tr_mux_add(struct tr_buf *out, const struct tr_buf *piece, const struct tr_mux *mux, int i)
{
	const char *at = piece->data, *end = at ? at + piece->len : at, *lf;

	if (tr_buf_err(piece))
		out->err = TR_NOMEM;
	while (at < end && (lf = memchr(at, '\n', (size_t)(end - at)))) {
		add_line(out, at, (size_t)(lf - at), mux, i);
		at = lf + 1;
	}
}
