/* permit.h: judges what a user may do with a database: whether that will do, and how to mend
 * it.
 *
 * - In WAL mode a reader needs the -wal and the -shm as well. Who may write the directory makes
 *   them, with the rights of the database, and who then cannot write them can do nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_PERMIT_H
#define TR_DOCTOR_PERMIT_H

#include "doctor/access.h"
#include "doctor/finding.h"

struct tr_permit {
	const char *path; /* of the database */
	bool wal;	  /* its journal mode */
	const struct tr_user *user;
	bool web; /* the user serves the page; otherwise publishes */
	struct tr_access access;
};

/* Whether the user, who may only read, would make files that shut the publishers out. */
bool tr_permit_shuts_out(const struct tr_permit *permit);

/* Appends one finding. The directory of the path is looked at for the cure. */
void tr_permit_judge(struct tr_findings *out, const struct tr_permit *permit);

#endif
