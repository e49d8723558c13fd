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

/* The bytes of the character at text, which is valid UTF-8. */
size_t tr_safe_char_len(const char *text);

/* Whether it does more to a terminal than to show itself: C0, DEL, C1, and what ends a line or
 * turns the direction of writing in Unicode. */
int tr_safe_is_control(const char *text);

/* Appends text so that it is valid UTF-8 in one line, and moves no cursor: a tab becomes a
 * space, and each byte of another control character or of invalid UTF-8 becomes \xHH. What goes
 * past max_columns is cut and "…" put there, one column more. Returns the columns it takes;
 * failure shows in tr_buf_err(out). */
size_t tr_safe_add(struct tr_buf *out, struct tr_text text, size_t max_columns);

/* The same for a whole message. A line in it that ends in LF or CRLF is followed by one that
 * stands further in. Colours (ECMA-48, SGR) pass where colour is set, and are switched off at
 * the end; otherwise they are left out. */
void tr_safe_add_message(struct tr_buf *out, struct tr_text text, int colour);

#endif
