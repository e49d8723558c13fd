/* seccomp.c: the system calls that are left to the responder.
 *
 * - The list of them is in src/generate/seccomp_filter.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

static struct sock_filter steps[] = {
#include "seccomp_filter.h"
};

enum tr_err tr_seccomp_enter(void)
{
	const struct sock_fprog program = {
	    .len = sizeof(steps) / sizeof(steps[0]), .filter = steps};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? TR_SYS : TR_OK;
}
