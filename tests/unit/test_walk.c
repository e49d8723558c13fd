/* test_walk.c: what a client has got, at the end of a walk through a log, of what it asked.
 *
 * - Jobs live at random through the schema's triggers; then the log is walked batch by batch
 *   from random positions with random filters, and the frames are read as a client does.
 * - Promised (contract, section 3): each row that matches once and in order; of a job's
 *   markers at least the last that goes out, and none that does not.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "inputs.h"
#include "ref_stream.h"
#include "stream/frames.h"

#define STEPS 2500
#define WALKS 150
#define JOBS 12
#define MOST_ROWS (4 * STEPS)

static const char *const lines[] = {"log", "group", "group-end", "order"};
static const char *const filterable[] = {
    "log", "group", "group-end", "order", "status-update", "completion", "removed", "never"};

/* A row as the model sees it. */
struct model_row {
	int64_t id, job_id;
	char event[16];	 /* in the log */
	const char *out; /* under which it goes out; NULL: it does not */
	int level;
};

struct model {
	struct model_row *rows;
	int count;
	uint64_t seed;
};

static void step(sqlite3 *db, uint64_t *seed)
{
	static const char *const states[] = {
	    "queued", "running", "succeeded", "failed", "canceled", "running"};
	int job = 1 + (int)random_below(seed, JOBS);

	switch (random_below(seed, 12)) {
	case 0:
		run_sql(db,
		    "INSERT INTO job (name) SELECT 'j' WHERE (SELECT count(*) FROM job) < %d",
		    JOBS);
		break;
	case 1:
		run_sql(db, "UPDATE job SET state = '%s' WHERE id = %d",
		    states[random_below(seed, 6)], job);
		break;
	case 2:
		run_sql(db, "UPDATE job SET progress = %d WHERE id = %d",
		    (int)random_below(seed, 101), job);
		break;
	case 3:
		if (random_below(seed, 40) == 0)
			run_sql(db, "DELETE FROM job WHERE id = %d", job);
		break;
	default:
		run_sql(db,
		    "INSERT INTO log (job_id, event, level, message)"
		    " VALUES (nullif(%d, 1), '%s', '%s', 'm')",
		    job, lines[random_below(seed, 4)],
		    tr_level_names[random_below(seed, TR_LEVELS)]);
	}
}

/* The name that a row of that event goes out under, its job being in that state now. */
static const char *name_of(const char *event, const char *state)
{
	int i = 0;

	while (strcmp(filterable[i], event) != 0)
		i++;
	if (i != 4 && i != 5)
		return filterable[i];
	if (!state)
		return NULL;
	if (i == 5 && (state[0] == 's' || state[0] == 'f' || state[0] == 'c'))
		return "completion";
	return "status-update";
}

static void read_model(sqlite3 *db, struct model *m)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT id, job_id, event, level, (SELECT state FROM job"
			     " WHERE job.id = job_id) FROM log ORDER BY id",
			     -1, &stmt, NULL),
	    SQLITE_OK);
	for (m->count = 0; sqlite3_step(stmt) == SQLITE_ROW; m->count++) {
		struct model_row *row = &m->rows[m->count];

		assert_true(m->count < MOST_ROWS);
		row->id = sqlite3_column_int64(stmt, 0);
		row->job_id = sqlite3_column_int64(stmt, 1);
		snprintf(row->event, sizeof(row->event), "%s", sqlite3_column_text(stmt, 2));
		row->level = 0;
		while (strcmp((const char *)sqlite3_column_text(stmt, 3),
			   tr_level_names[row->level]) != 0)
			row->level++;
		row->out = name_of(row->event, (const char *)sqlite3_column_text(stmt, 4));
	}
	sqlite3_finalize(stmt);
}

static struct tr_filter random_filter(uint64_t *seed)
{
	struct tr_filter filter = {.level = (enum tr_level)random_below(seed, TR_LEVELS)};

	filter.job_count = (int)random_below(seed, 4);
	filter.event_count = random_below(seed, 2) ? (int)random_below(seed, 4) : 0;
	for (int i = 0; i < filter.job_count; i++)
		filter.jobs[i] = 1 + (int64_t)random_below(seed, JOBS + 2);
	for (int i = 0; i < filter.event_count; i++)
		strcpy(filter.events[i], filterable[random_below(seed, 8)]);
	return filter;
}

static int is_marker(const struct model_row *row)
{
	return row->event[0] == 's' || row->event[0] == 'c' || row->event[0] == 'r';
}

static int wanted(const struct model_row *row, const struct tr_filter *filter)
{
	int job = !filter->job_count, event = !filter->event_count;

	for (int i = 0; i < filter->job_count; i++)
		job |= filter->jobs[i] == row->job_id;
	for (int i = 0; i < filter->event_count; i++)
		event |= row->out && strcmp(filter->events[i], row->out) == 0;
	return row->out && job && event && (is_marker(row) || row->level >= (int)filter->level);
}

/* Whether a later marker of the same job is wanted. */
static int is_followed(const struct model *m, int i, const struct tr_filter *filter)
{
	for (int later = i + 1; later < m->count; later++)
		if (is_marker(&m->rows[later]) && m->rows[later].job_id == m->rows[i].job_id &&
		    wanted(&m->rows[later], filter))
			return 1;
	return 0;
}

/* Everything that a walk from that position sends. */
static void walk(sqlite3 *db, const struct tr_filter *filter, int64_t after, struct tr_buf *out)
{
	struct tr_batch *batch = calloc(1, sizeof(*batch));
	struct tr_reader *reader;

	assert_int_equal(tr_reader_open(&reader, db, filter, NULL), TR_OK);
	do {
		assert_int_equal(tr_reader_read(reader, after, 0, batch, NULL), TR_OK);
		tr_frames_rows(out, "e", batch, filter);
		after = batch->upto;
	} while (after < batch->bounds.newest);
	tr_batch_clear(batch);
	tr_reader_close(reader);
	free(batch);
}

/* Goes through rows and frames together, in order of id. */
static void compare(
    const struct model *m, const struct tr_filter *filter, int64_t after, struct tr_buf *out)
{
	struct ref_stream s = ref_stream_open(out->data, out->len);
	int more = ref_stream_next(&s);

	for (int i = 0; i < m->count; i++) {
		const struct model_row *row = &m->rows[i];
		int sent = more && strtoll(s.id.at + 2, NULL, 10) == row->id;

		if (row->id <= after || !wanted(row, filter))
			assert_false(sent);
		else if (!is_marker(row) || !is_followed(m, i, filter))
			assert_true(sent);
		if (!sent)
			continue;
		assert_true(ref_is(s.type, row->out));
		more = ref_stream_next(&s);
	}
	assert_false(more);
	ref_stream_free(&s);
}

static void a_client_gets_what_is_promised(void **state)
{
	struct model m = {calloc(MOST_ROWS, sizeof(*m.rows)), 0, 20261121};
	struct testdb *t = *state;

	run_sql(t->db, "BEGIN");
	for (int i = 0; i < STEPS; i++)
		step(t->db, &m.seed);
	run_sql(t->db, "DELETE FROM log WHERE id %% 97 = 5; COMMIT");
	read_model(t->db, &m);
	assert_in_range(m.count, STEPS / 2, MOST_ROWS);
	for (int i = 0; i < WALKS; i++) {
		struct tr_filter filter = random_filter(&m.seed);
		int64_t newest = m.rows[m.count - 1].id;
		int64_t after = i % 3 ? 0 : (int64_t)random_below(&m.seed, (size_t)newest);
		struct tr_buf out = {0};

		tr_buf_adds(&out, "");
		walk(t->db, &filter, after, &out);
		compare(&m, &filter, after, &out);
		tr_buf_free(&out);
	}
	free(m.rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(a_client_gets_what_is_promised),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
