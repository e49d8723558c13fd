/* safe.h: text that came from anywhere, made fit for a terminal.
 *
 * - A column is one character; wide and combining ones are not told apart, and shift what
 *   stands to their right.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_SAFE_H
#define TR_CLI_SAFE_H

#include "base/buf.h"
#include "store/row.h"

/* Appends text so that it is valid UTF-8 in one line, and moves no cursor: a tab becomes a
 * space, and each byte of another control character (C0, DEL, C1) or of invalid UTF-8 becomes
 * \xHH. What goes past max_columns is cut and "…" put there, one column more. Returns the
 * columns it takes; failure shows in tr_buf_err(out). */
size_t tr_safe_add(struct tr_buf *out, struct tr_text text, size_t max_columns);

#endif
