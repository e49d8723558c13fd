/* names.c: what the jobs are called whose rows are printed; those seen last are remembered.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/names.h"

#include <stdio.h>

#include "cli/safe.h"
#include "store/job_page.h"

void tr_names_put(struct tr_names *names, int64_t id, struct tr_text name)
{
	size_t slot = (size_t)id % TR_NAMES;
	struct tr_buf safe = {0};

	tr_safe_add(&safe, name, TR_NAME_COLUMNS);
	names->slots[slot].id = id;
	snprintf(names->slots[slot].text, sizeof(names->slots[slot].text), "%s",
	    safe.data ? safe.data : "");
	tr_buf_free(&safe);
}

/* A tr_job_taker. */
static void put(void *arg, const struct tr_job_whole *whole)
{
	tr_names_put(arg, whole->job.id, whole->job.name);
}

const char *tr_names_get(struct tr_names *names, sqlite3 *db, int64_t id)
{
	size_t slot = (size_t)id % TR_NAMES;
	enum tr_err err = TR_OK;

	if (names->slots[slot].id != id)
		err = tr_job_whole_read(db, id, put, names, NULL);
	if (err == TR_ABSENT)
		tr_names_put(names, id, (struct tr_text){0});
	return err && err != TR_ABSENT ? "" : names->slots[slot].text;
}
