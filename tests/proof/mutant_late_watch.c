/* mutant_late_watch.c: the watch that looks first and asks for events then. Its tests must
 * fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stddef.h>

#include "seams.h"

static struct {
	struct tr_notify *notify;
	const char *db_path;
	bool wal;
} late;

void __wrap_tr_notify_open(struct tr_notify *n, const char *db_path, bool wal)
{
	late.notify = n;
	late.db_path = db_path;
	late.wal = wal;
}

int __wrap_tr_watch_fd(const struct tr_watch *w)
{
	if (late.notify)
		__real_tr_notify_open(late.notify, late.db_path, late.wal);
	late.notify = NULL;
	return __real_tr_watch_fd(w);
}
