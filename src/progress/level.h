/* level.h: the level that a line claims for itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_LEVEL_H
#define TR_PROGRESS_LEVEL_H

#include <stddef.h>

/* The level ("debug", "info", "warn" or "error"; static) that text begins with, perhaps after
 * a time and something in brackets, or NULL. Only what programs print by convention counts:
 * `error:`, `ERROR …`, `[warn]`, `level=error`, `<3>`, `E: `; never a word in a sentence. text
 * holds no escape sequences. */
const char *tr_claimed_level(const char *text, size_t len);

/* The length of a sd-daemon(3) prefix `<0>` to `<7>`, which is no part of the message: 3 or 0.
 */
size_t tr_claimed_prefix(const char *text, size_t len);

#endif
