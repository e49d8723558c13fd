/* sandbox.c: what the responder gives up for good.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/sanitized.h"
#include "base/seccomp.h"

/* Lowers a limit for good. */
static void limit(int what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0)
		return;
	if (now.rlim_max > most)
		now.rlim_max = most;
	if (now.rlim_cur > most)
		now.rlim_cur = most;
	setrlimit(what, &now);
}

void tr_sandbox_enter(void)
{
	tzset(); /* a section's SQL may ask for local time, whose file is out of reach later */
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, TR_SANDBOX_DESCRIPTORS);
	if (!TR_SANITIZED)
		limit(RLIMIT_DATA, TR_SANDBOX_DATA_BYTES);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	tr_seccomp_enter();
}

/* Whether the root directory may not be read, which everybody may but for Landlock. */
static int is_fenced(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

const char *tr_sandbox_state(void)
{
	int filtered = prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER;

	if (is_fenced())
		return filtered ? "seccomp, Landlock" : "Landlock";
	return filtered ? "seccomp" : "none";
}
