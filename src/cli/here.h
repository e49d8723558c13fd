/* here.h: who runs this process, and where: what a job that begins here tells of itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_HERE_H
#define TR_CLI_HERE_H

#include <limits.h>

#include "store/publish.h"

/* Each is "" where the system does not say. */
struct tr_here {
	char owner[LOGIN_NAME_MAX]; /* the user's name */
	char host[HOST_NAME_MAX + 1];
	char cwd[PATH_MAX];
};

/* Asks the system, and lets job's owner, host and cwd point into *here, or to NULL. An owner
 * that is set already stays. */
void tr_here_fill(struct tr_here *here, struct tr_new_job *job);

#endif
