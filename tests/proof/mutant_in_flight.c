/* mutant_in_flight.c: the watch without the in-flight test. Its tests must fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include "seams.h"

bool __wrap_tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head)
{
	(void)db;
	(void)head;
	return false;
}
