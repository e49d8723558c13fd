/* startof.h: how a stream on a test's database would begin.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_STARTOF_H
#define TR_TESTS_STARTOF_H

#include "testdb.h"

#include <string.h>

#include "stream/params.h"
#include "stream/start.h"

/* The parameters of this query string and this Last-Event-ID (NULL: none). */
static inline struct tr_params params_of(const char *query, const char *last_event_id)
{
	char *copy = strdup(query);
	struct tr_params params;
	struct tr_why why = {0};

	if (tr_params_parse(&params, copy, last_event_id, &why))
		fail_msg("%s", why.text);
	free(copy);
	return params;
}

/* Where a stream with these parameters begins; release with tr_start_free(). */
static inline struct tr_start start_of(
    const struct testdb *t, const struct tr_params *params, const char *replaced)
{
	struct tr_start start = {0};
	struct tr_why why = {0};
	struct tr_log log;

	if (tr_log_open(&log, t->path, TR_LOG_READER, &params->filter, &why) ||
	    tr_start_read(&start, &log, params, replaced, &why))
		fail_msg("%s", why.text);
	assert_int_equal(sqlite3_txn_state(log.db, NULL), SQLITE_TXN_NONE);
	assert_true(sqlite3_get_autocommit(log.db));
	tr_log_close(&log);
	return start;
}

/* The text of the cursor at n. Valid until the next call. */
static inline const char *cursor_at(const struct testdb *t, int64_t n)
{
	static char text[TR_CURSOR_SIZE];

	snprintf(text, sizeof(text), "%s-%lld", t->epoch, (long long)n);
	return text;
}

#endif
