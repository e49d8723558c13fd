/* escape.h: the terminal's escape sequences (ECMA-48), seen through and read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_ESCAPE_H
#define TR_PROGRESS_ESCAPE_H

#include <stddef.h>

#define TR_ESC '\x1b'
#define TR_ASIDE_MAX_BYTES 1024

/* Copies text without its escape sequences to out, which has room for len bytes and a NUL, and
 * may be text itself. An unfinished sequence at the end is left out too. Returns the length;
 * the NUL is written behind it. */
size_t tr_escape_strip(char *out, const char *text, size_t len);

enum tr_aside_kind {
	TR_ASIDE_MORE,	   /* it may become one: the byte was taken */
	TR_ASIDE_NOT,	   /* it is none: the byte was not taken, what was taken is text */
	TR_ASIDE_PROGRESS, /* OSC 9;4 is complete: state and percent hold it */
	TR_ASIDE_DRAWING,  /* a drawing elsewhere on the screen is complete: bytes holds it */
};

/* What stands in a stream and is no text of its line:
 * - OSC 9;4, `ESC ] 9 ; 4 ; state [; percent]` up to BEL or `ESC \`: the progress protocol of
 *   ConEmu and Windows Terminal;
 * - a drawing, `ESC 7 ESC [ …` up to `ESC 8`: the cursor is saved, moved away, and brought
 *   back, as apt does for its bar in the screen's last row. It holds no CR and no LF, and ends
 *   within TR_ASIDE_MAX_BYTES.
 * Initialise with {0}; an ESC is its first byte. The caller sets len to 0 when it is done with
 * one. */
struct tr_aside {
	char bytes[TR_ASIDE_MAX_BYTES];
	size_t len;
	int state;   /* 0 none, 1 normal, 2 error, 3 unknown, 4 paused; -1: some other */
	int percent; /* 0 to 100; -1: none is given */
};

enum tr_aside_kind tr_aside_step(struct tr_aside *a, char byte);

#endif
