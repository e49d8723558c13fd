/* text.h: what the formats have in common when they take a line to pieces.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_TEXT_H
#define TR_PROGRESS_TEXT_H

#include <stddef.h>

/* As strchr() does, these find in a const text what the caller may change if it is its own. */

/* Copies text and its NUL to out of size bytes; what does not fit is left out, from the
 * beginning of a character on. */
void tr_text_copy(char *out, size_t size, const char *text);

/* Behind prefix where text begins with it, else NULL. */
char *tr_text_after(const char *text, const char *prefix);

/* Behind spaces and tabs. */
char *tr_text_skip_blanks(const char *text);

/* Behind the number at text, as tools print them (`45`, `45.5`, `45,5`), with its value in
 * *value; NULL: there is none. Hundreds of digits may come out as infinite or NaN. */
char *tr_text_number(const char *text, double *value);

/* Replaces each code by its character, in place. codes is one string of them, each of width
 * characters (letter case apart) and the one that takes their place: "%0A\n" "%25%". */
void tr_text_unescape(char *text, const char *codes, size_t width);

/* Copies the value of `name=value` among properties between separator characters to out, its
 * codes of width 3 replaced; out has room for all of properties. Returns where its NUL is: out
 * itself where there is no such property. */
char *tr_text_property(
    char *out, const char *properties, char separator, const char *name, const char *codes);

#endif
