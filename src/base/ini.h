/* ini.h: reads a configuration file: sections, keys, values.
 *
 * - `[section]` lines, `key = value` lines; `#` and `;` begin a comment line. Within a
 *   section a line that is indented further than the key goes on with its value, so that a
 *   statement may have several lines.
 * - Knows nothing of what the keys mean.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_INI_H
#define TR_BASE_INI_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* Initialise with the first two alone; the others are the reader's. */
struct tr_ini {
	FILE *file;
	const char *path; /* for sentences */
	int line_no;	  /* of the item */
	int next_no;
	int in_section;
	struct tr_buf item;
	char *line; /* read ahead */
	size_t cap_bytes;
};

/* One item: a section's beginning (name, value NULL) or a setting. Both texts are trimmed,
 * the reader's, and valid until the next call. */
struct tr_ini_item {
	char *name;
	char *value;
};

/* Reads the next item. TR_OK; TR_ABSENT: the end. TR_INVALID (not a line of such a file),
 * TR_SYS, TR_NOMEM with path and line in *why. */
enum tr_err tr_ini_next(struct tr_ini *ini, struct tr_ini_item *item, struct tr_why *why);

/* Frees what the reader holds; the file stays the caller's. */
void tr_ini_free(struct tr_ini *ini);

#endif
