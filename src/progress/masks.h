/* masks.h: values that must not reach the log, and their replacement by `***`.
 *
 * - Where two values overlap in a text, one `***` stands for both.
 * - It fails closed: a value that does not fit makes every text `***` from then on.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_MASKS_H
#define TR_PROGRESS_MASKS_H

#include <stddef.h>

#define TR_MASKS_MAX 256
#define TR_MASKS_MAX_BYTES 32768 /* all values together */

/* Initialise with {0}. */
struct tr_masks {
	char bytes[TR_MASKS_MAX_BYTES];
	struct {
		size_t at, len;
	} value[TR_MASKS_MAX];
	size_t count, used_bytes;
	char begins[256]; /* whether a value begins with that byte */
	int full;	  /* everything is masked */
};

/* Keeps value, and where it has several lines, each of them, since each is printed apart. Blank
 * lines and values are no secrets. Returns 0 the first time that one does not fit, else 1. */
int tr_masks_add(struct tr_masks *masks, const char *value, size_t len);

/* The room that tr_masks_apply() needs for a text of len bytes. */
#define TR_MASKS_ROOM(len) (3 * (len) + 3)

/* Copies text to out with each value replaced; returns the length. */
size_t tr_masks_apply(const struct tr_masks *masks, char *out, const char *text, size_t len);

/* How many of text's bytes can be given out before what follows them is known: no value begins
 * among them and ends behind them. 0: none yet. */
size_t tr_masks_safe(const struct tr_masks *masks, const char *text, size_t len);

#endif
