/* mutant_empty_wal.c: the watch without the rule that an mxFrame of 0 and a -wal that is not
 * empty mean a commit in flight. Its tests must fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>
#include <string.h>

#include "seams.h"

bool __wrap_tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head)
{
	uint32_t mx_frame;

	memcpy(&mx_frame, head->bytes + 16, sizeof(mx_frame));
	return mx_frame > 0 && __real_tr_walindex_in_flight(db, head);
}
