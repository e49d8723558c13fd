/* mutant_late_header.c: the watch that takes for read what the wal-index says after the read,
 * not before. Its tests must fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include "seams.h"

void __wrap_tr_watch_read_done(struct tr_watch *w, enum tr_err how)
{
	tr_watch_look(w);
	__real_tr_watch_read_done(w, how);
}
