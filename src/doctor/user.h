/* user.h: users of this system: who we are, and who serves the page.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_USER_H
#define TR_DOCTOR_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define TR_USER_GROUPS 64

struct tr_user {
	char name[64];
	uid_t uid;
	gid_t gid;
	gid_t groups[TR_USER_GROUPS];
	int group_count;
	bool self; /* the one that this process runs as */
};

/* The user of that name. TR_OK; TR_ABSENT with the sentence in *why. */
enum tr_err tr_user_named(struct tr_user *out, const char *name, struct tr_why *why);

/* The user that serves the page from the database at the absolute path: that of a running
 * responder which has it open, as far as this process may see that; else the user that web
 * servers run as, going by the names that distributions use. TR_OK or TR_ABSENT. */
enum tr_err tr_user_web(struct tr_user *out, const char *path);

/* The user that this process runs as. */
void tr_user_self(struct tr_user *out);

#endif
