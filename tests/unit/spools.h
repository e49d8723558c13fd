/* spools.h: spools for tests, in the test's own directory.
 *
 * - Included after cmocka.h and scratch.h or testdb.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_UNIT_SPOOLS_H
#define TR_UNIT_SPOOLS_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "run/spool.h"

static inline struct tr_place place_at(const char *path)
{
	struct tr_place place;

	snprintf(place.path, sizeof(place.path), "%s", path);
	place.fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(place.fd >= 0);
	return place;
}

static inline void make_spool(
    struct tr_spool *spool, const char *dir, const char *db, uint64_t room_bytes)
{
	const struct tr_spool_job job = {.db = db,
	    .is = {.name = "job", .host = "here", .cwd = "/tmp"},
	    .started_at = "2026-01-02T03:04:05.678Z"};
	struct tr_place place = place_at(dir);
	struct tr_why why = {0};

	if (tr_spool_create(spool, &place, &job, room_bytes, &why))
		fail_msg("%s", why.text);
	tr_place_close(&place);
}

static inline void add_line(struct tr_spool *spool, const char *text)
{
	const struct tr_record record = {.kind = TR_RECORD_LINE,
	    .level = TR_LEVEL_INFO,
	    .at_ms = 1700000000000,
	    .text = {text, strlen(text)}};

	tr_spool_add(spool, &record);
}

static inline void add_progress(struct tr_spool *spool, double percent, const char *step)
{
	const struct tr_record record = {.kind = TR_RECORD_PROGRESS,
	    .percent = percent,
	    .text = {step, step ? strlen(step) : 0}};

	tr_spool_add(spool, &record);
}

#endif
