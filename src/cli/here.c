/* here.c: who runs this process, and where.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/here.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

void tr_here_fill(struct tr_here *here, struct tr_new_job *job)
{
	const struct passwd *user = job->owner ? NULL : getpwuid(geteuid());

	*here = (struct tr_here){0};
	if (user)
		snprintf(here->owner, sizeof(here->owner), "%s", user->pw_name);
	if (gethostname(here->host, sizeof(here->host) - 1))
		here->host[0] = '\0';
	if (!getcwd(here->cwd, sizeof(here->cwd)))
		here->cwd[0] = '\0';
	if (!job->owner)
		job->owner = text_or_null(here->owner);
	job->host = text_or_null(here->host);
	job->cwd = text_or_null(here->cwd);
}
