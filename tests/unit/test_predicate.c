/* test_predicate.c: what a walk through the log returns equals a plain model in C.
 *
 * - Rows, filters, positions and bounds are random, with holes in the ids; the same in
 *   every run, so that a failure repeats.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "inputs.h"
#include "store/reader.h"

#define ROWS 3000
#define WALKS 300
#define JOBS 5

static const char *const names[] = {"log", "status-update", "completion", "removed", "group",
    "group-end", "order", "a.b:c_D-9"};
#define NAMES (sizeof(names) / sizeof(names[0]))

struct model_row {
	int64_t id;
	int64_t job_id;	   /* 0: NULL */
	const char *owner; /* of that job; NULL: it has none, or is no more */
	const char *event;
	int level;
};

struct model {
	struct model_row rows[ROWS];
	uint64_t seed;
};

static int is_marker(const char *event)
{
	return event == names[1] || event == names[2] || event == names[3];
}

/* By job. The last is of a BLOB, which is no name. */
static const char *const owners[JOBS + 1] = {NULL, "ann", "ben", NULL, "ann", NULL};

/* Makes the jobs but the third. Their markers are no part of the model. */
static void fill_jobs(sqlite3 *db)
{
	for (int i = 1; i <= JOBS; i++)
		if (i != 3)
			run_sql(db,
			    "INSERT INTO job (id, name, owner) VALUES (%d, 'x', nullif('%s', "
			    "''))",
			    i, owners[i] ? owners[i] : "");
	run_sql(db, "UPDATE job SET owner = CAST('ann' AS BLOB) WHERE id = %d", JOBS);
	run_sql(db, "DELETE FROM log; UPDATE sqlite_sequence SET seq = 0 WHERE name = 'log'");
}

/* Writes the rows, and the same into the database. */
static void fill(sqlite3 *db, struct model *m)
{
	int64_t id = 0;

	run_sql(db, "BEGIN");
	fill_jobs(db);
	for (int i = 0; i < ROWS; i++) {
		struct model_row *row = &m->rows[i];
		size_t hole = random_below(&m->seed, 500);

		id += hole == 0 ? 70000 : hole < 50 ? 7 : 1;
		row->id = id;
		row->job_id = (int64_t)random_below(&m->seed, JOBS + 1);
		row->owner = owners[row->job_id];
		row->event =
		    names[random_below(&m->seed, 2) ? 0 : random_below(&m->seed, NAMES)];
		row->level = (int)random_below(&m->seed, TR_LEVELS);
		run_sql(db,
		    "INSERT INTO log (id, job_id, event, level)"
		    " VALUES (%lld, nullif(%lld, 0), '%s', '%s')",
		    (long long)id, (long long)row->job_id, row->event,
		    tr_level_names[row->level]);
	}
	run_sql(db, "COMMIT");
}

static struct tr_filter random_filter(uint64_t *seed)
{
	struct tr_filter filter = {.level = (enum tr_level)random_below(seed, TR_LEVELS)};

	if (random_below(seed, 2))
		filter.job_count = (int)random_below(seed, 4);
	if (random_below(seed, 3) == 0)
		filter.owner = random_below(seed, 2) ? "ann" : "an";
	if (random_below(seed, 2))
		filter.event_count = (int)random_below(seed, 4);
	for (int i = 0; i < filter.job_count; i++)
		filter.jobs[i] = (int64_t)random_below(seed, JOBS + 2); /* 0: TR_NO_JOB */
	for (int i = 0; i < filter.event_count; i++)
		strcpy(filter.events[i], names[random_below(seed, NAMES)]);
	return filter;
}

static int names_event(const struct tr_filter *filter, const char *event)
{
	for (int i = 0; i < filter->event_count; i++)
		if (!strcmp(filter->events[i], event))
			return 1;
	return !filter->event_count;
}

static int names_job(const struct tr_filter *filter, int64_t job_id)
{
	for (int i = 0; i < filter->job_count; i++)
		if (filter->jobs[i] == job_id)
			return 1;
	return !filter->job_count;
}

/* Whether the row has to be read: a completion may go out under two names. */
static int matches(
    const struct model_row *row, const struct tr_filter *filter, int64_t markers_from)
{
	if (!names_job(filter, row->job_id))
		return 0;
	if (filter->owner && (!row->owner || strcmp(row->owner, filter->owner) != 0))
		return 0;
	if (!names_event(filter, row->event) &&
	    !(row->event == names[2] && names_event(filter, names[1])))
		return 0;
	if (is_marker(row->event))
		return row->id > markers_from;
	return row->level >= (int)filter->level;
}

/* Whether the predicate's other form, which the ring uses, says the same. */
static int takes(const struct model_row *row, const struct tr_filter *filter)
{
	enum tr_level level = (enum tr_level)row->level;
	int has_job = row->job_id != 0, marker = is_marker(row->event);
	const struct tr_text owner = {row->owner, row->owner ? strlen(row->owner) : 0};

	if (!tr_filter_owner(filter, owner))
		return 0;
	return tr_filter_takes(filter, has_job, row->job_id, row->event, level, marker) ||
	       (row->event == names[2] &&
		   tr_filter_takes(filter, has_job, row->job_id, names[1], level, marker));
}

/* The row of the model from row on, or ROWS where none, that matches. */
static int next_match(
    const struct model *m, int row, const struct tr_filter *filter, int64_t markers_from)
{
	while (row < ROWS && !matches(&m->rows[row], filter, markers_from))
		row++;
	return row;
}

static void same_row(const struct tr_row *got, const struct model_row *want)
{
	assert_int_equal(got->id, want->id);
	assert_int_equal(got->has_job, want->job_id != 0);
	assert_int_equal(got->job_id, want->job_id);
	assert_true(tr_text_is(got->owner, want->owner ? want->owner : ""));
	assert_true(tr_text_is(got->event, want->event));
	assert_true(tr_text_is(got->level, tr_level_names[want->level]));
}

static void walk(sqlite3 *db, struct model *m, struct tr_batch *batch)
{
	struct tr_filter filter = random_filter(&m->seed);
	int64_t newest = m->rows[ROWS - 1].id;
	int64_t after = (int64_t)random_below(&m->seed, (size_t)newest + 5);
	int64_t markers_from = (int64_t)random_below(&m->seed, (size_t)newest + 5);
	struct tr_reader *reader;
	int row = 0;

	while (row < ROWS && m->rows[row].id <= after)
		row++;
	for (int i = 0; i < ROWS; i++)
		assert_int_equal(takes(&m->rows[i], &filter), matches(&m->rows[i], &filter, 0));
	assert_int_equal(tr_reader_open(&reader, db, &filter, NULL), TR_OK);
	do {
		assert_int_equal(
		    tr_reader_read(reader, after, markers_from, batch, NULL), TR_OK);
		for (int i = 0; i < batch->row_count; i++) {
			row = next_match(m, row, &filter, markers_from);
			assert_in_range(row, 0, ROWS - 1);
			assert_in_range(batch->rows[i].id, after + 1, batch->upto);
			same_row(&batch->rows[i], &m->rows[row++]);
		}
		assert_true(batch->upto > after || after >= newest);
		after = batch->upto;
		while (row < ROWS && m->rows[row].id <= after) /* none of these was missed */
			assert_false(matches(&m->rows[row++], &filter, markers_from));
	} while (after < newest);
	tr_reader_close(reader);
}

static void a_walk_equals_the_model(void **state)
{
	struct tr_batch *batch = calloc(1, sizeof(*batch));
	struct model *m = calloc(1, sizeof(*m));
	struct testdb *t = *state;

	m->seed = 20261121;
	fill(t->db, m);
	for (int i = 0; i < WALKS; i++)
		walk(t->db, m, batch);
	tr_batch_clear(batch);
	free(batch);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(a_walk_equals_the_model),
	};

	return cmocka_run_group_tests_name("predicate", tests, NULL, NULL);
}
