/* record.h: one thing that a command did, as bytes in a spool: a line, progress.
 *
 * - A record begins at a multiple of eight and carries a checksum over its bytes and over its
 *   position, so that a torn one, or one of an earlier lap of the file, is not taken for whole.
 *   The checksum is against accidents; who may write the file may write what he likes.
 * - In the byte order of the machine: a spool does not travel.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_RECORD_H
#define TR_RUN_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/filter.h"
#include "store/row.h"

#define TR_RECORD_TEXT_MAX_BYTES 65536 /* one line of the markup reader */
#define TR_RECORD_MAX_BYTES (TR_RECORD_TEXT_MAX_BYTES + 32)

enum tr_record_kind {
	TR_RECORD_LINE,
	TR_RECORD_GROUP,     /* text: the title */
	TR_RECORD_GROUP_END, /* text: the title */
	TR_RECORD_PROGRESS,  /* text: the step; its data NULL: none */
	TR_RECORD_KINDS
};

struct tr_record {
	enum tr_record_kind kind;
	int64_t at_ms; /* since 1970 */
	struct tr_text text;
	enum tr_level level; /* of a LINE */
	double percent;	     /* of PROGRESS: NaN: unknown */
};

/* How many bytes it takes: a multiple of eight, at most TR_RECORD_MAX_BYTES. A text that is too
 * long is cut. */
size_t tr_record_size(const struct tr_record *record);

/* Appends it to out, as it is to stand at position pos. Failure shows in tr_buf_err(out). */
void tr_record_put(struct tr_buf *out, uint64_t pos, const struct tr_record *record);

/* Reads the record that begins at bytes, which stand at position pos. Returns its size, and
 * record->text points into bytes; or 0: in these len bytes there is no whole record. */
size_t tr_record_get(const char *bytes, size_t len, uint64_t pos, struct tr_record *record);

#endif
