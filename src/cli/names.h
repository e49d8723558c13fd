/* names.h: what the jobs are called whose rows are printed; those seen last are remembered.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_NAMES_H
#define TR_CLI_NAMES_H

#include <sqlite3.h>
#include <stdint.h>

#include "store/row.h"

#define TR_NAMES 64
#define TR_NAME_COLUMNS 20

/* {0} remembers none. */
struct tr_names {
	struct {
		int64_t id; /* 0: none */
		char text[4 * (TR_NAME_COLUMNS + 1) + 1];
	} slots[TR_NAMES];
};

/* The name of that job, fit for a terminal and cut after TR_NAME_COLUMNS; "" where it is no
 * more, or cannot be read now. Belongs to names, until the next call. */
const char *tr_names_get(struct tr_names *names, sqlite3 *db, int64_t id);

/* Remembers what it is called now. */
void tr_names_put(struct tr_names *names, int64_t id, struct tr_text name);

#endif
