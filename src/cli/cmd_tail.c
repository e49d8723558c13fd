/* cmd_tail.c: tailrow tail: the last lines of the log, and with -f what comes after them.
 *
 * - Waits by the same watch as an event stream, so that it costs nothing while nothing is
 *   committed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/query.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/safe.h"
#include "store/jobs.h"
#include "store/log.h"
#include "watch/watch.h"

#define LINES 10
#define LINES_MOST 1000000
#define REOPEN_TRIES                                                                           \
	100 /* with REOPEN_PAUSE_NS between them: a file that is being replaced                \
	     */
#define REOPEN_PAUSE_NS (20 * TR_NS_PER_MS)

struct tail {
	const char *path;
	struct tr_filter filter; /* the one job, or all */
	int64_t lines;
	int follow;
	int colour;
	struct tr_log log;
	struct tr_watch *watch; /* NULL: not following */
	struct tr_batch batch;
	int64_t position;
	int64_t markers_from; /* states up to here are the past */
	int ended;	      /* the one job has ended, as far as has been printed */
	int failed;
};

static void add_level(struct tr_buf *out, struct tr_text level, int colour)
{
	const char *start = "";

	if (colour && tr_text_is(level, "error"))
		start = "\033[31m";
	else if (colour && tr_text_is(level, "warn"))
		start = "\033[33m";
	tr_buf_addf(
	    out, "%s%-5.*s%s  ", start, (int)level.len, level.data, *start ? "\033[m" : "");
}

static void add_job(struct tr_buf *out, const struct tr_job *job)
{
	tr_safe_add(out, job->name, SIZE_MAX);
	tr_buf_adds(out, ": ");
	tr_safe_add(out, job->state, SIZE_MAX);
	if (!isnan(job->progress))
		tr_buf_addf(out, " %d%%", (int)job->progress);
	if (job->error.len || job->step.len) {
		tr_buf_adds(out, ", ");
		tr_safe_add(out, job->error.len ? job->error : job->step, SIZE_MAX);
	}
}

/* Appends the row as a line; a marker as the state of its job, or nothing where it is gone. */
static void add_row(struct tail *tail, struct tr_buf *out, const struct tr_row *row)
{
	enum tr_marker marker = tr_marker_of(row->event);
	const struct tr_job *job = tr_batch_job(&tail->batch, row->job_id);

	if (marker != TR_MARKER_NONE && !job)
		return;
	tr_safe_add(out, row->created_at, SIZE_MAX);
	if (row->has_job)
		tr_buf_addf(out, "  [%lld]  ", (long long)row->job_id);
	else
		tr_buf_adds(out, "  [-]  ");
	add_level(out, row->level, tail->colour);
	if (marker != TR_MARKER_NONE) {
		add_job(out, job);
	} else {
		if (!tr_text_is(row->event, "log")) {
			tr_safe_add(out, row->event, SIZE_MAX);
			tr_buf_adds(out, ": ");
		}
		tr_safe_add(out, row->message, SIZE_MAX);
	}
	tr_buf_adds(out, "\n");
}

/* Notes whether the one job that is followed has ended, and how. */
static enum tr_err ask_ended(struct tail *tail, struct tr_why *why)
{
	struct tr_job_list list = {0};
	enum tr_err err = tr_jobs_list(tail->log.db, &tail->filter, &list, why);

	if (!err) {
		tail->ended = list.count == 0 || tr_state_final(list.jobs[0].state);
		tail->failed = list.count == 0 || !tr_text_is(list.jobs[0].state, "succeeded");
	}
	tr_job_list_free(&list);
	return err;
}

/* Prints everything up to the newest row. TR_GONE: the reader of a pipe has had enough. */
static enum tr_err print_new(struct tail *tail, struct tr_why *why)
{
	struct tr_buf out = {0};
	enum tr_err err = TR_OK;

	do {
		if (tail->filter.job_count)
			err = ask_ended(
			    tail, why); /* before the reading, which then has it all */
		if (!err)
			err = tr_reader_read(tail->log.reader, tail->position,
			    tail->markers_from, &tail->batch, why);
		if (err)
			break;
		for (int i = 0; i < tail->batch.row_count; i++)
			add_row(tail, &out, &tail->batch.rows[i]);
		tail->position = tail->batch.upto;
		if (out.len && tr_cli_out(&out) != TR_EXIT_DONE)
			err = TR_GONE;
	} while (!err && tail->position < tail->batch.bounds.newest);
	tr_buf_free(&out);
	tr_batch_clear(&tail->batch);
	return err;
}

static enum tr_err open_log(struct tail *tail, struct tr_why *why)
{
	enum tr_err err =
	    tr_log_open(&tail->log, tail->path, TR_LOG_KEEPER, &tail->filter, why);

	if (!err && tail->follow)
		err = tr_watch_open(&tail->watch, tail->log.db, why);
	return err;
}

static void close_log(struct tail *tail)
{
	tr_watch_close(tail->watch);
	tail->watch = NULL;
	tr_log_close(&tail->log);
}

/* Opens the database again after it was replaced. Another log begins at its end. */
static enum tr_err reopen(struct tail *tail, struct tr_why *why)
{
	const struct timespec pause = {.tv_nsec = REOPEN_PAUSE_NS};
	char epoch[TR_EPOCH_SIZE];
	struct tr_bounds bounds;
	enum tr_err err;
	int tries = 0;

	memcpy(epoch, tail->log.epoch, sizeof(epoch));
	do {
		close_log(tail);
		nanosleep(&pause, NULL);
		err = open_log(tail, why);
	} while (err && ++tries < REOPEN_TRIES);
	if (!err)
		err = tr_reader_bounds(tail->log.reader, &bounds, why);
	if (!err && (strcmp(epoch, tail->log.epoch) != 0 || bounds.newest < tail->position))
		tail->position = tail->markers_from = bounds.newest;
	return err;
}

static void wait(const struct tail *tail)
{
	struct pollfd fd = {.fd = tr_watch_fd(tail->watch), .events = POLLIN};
	int64_t ns = tr_watch_deadline_ns(tail->watch) - tr_mono_ns();
	struct timespec timeout = {.tv_sec = ns / TR_NS_PER_S, .tv_nsec = ns % TR_NS_PER_S};

	if (ns > 0)
		ppoll(&fd, 1, &timeout, NULL);
}

/* Prints what comes until the one job ends, or for ever. */
static enum tr_err follow(struct tail *tail, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	tr_stop_precise_timers();
	sqlite3_busy_timeout(tail->log.db, 0); /* the watch waits for locks, and more finely */
	while (!err && !tail->ended) {
		enum tr_look look = tr_watch_look(tail->watch);

		if (look == TR_LOOK_REOPEN) {
			err = reopen(tail, why);
		} else if (look == TR_LOOK_WAIT) {
			wait(tail);
		} else {
			err = print_new(tail, why);
			tr_watch_read_done(tail->watch, err);
			if (err == TR_BUSY) {
				wait(tail);
				err = TR_OK;
			}
		}
	}
	return err;
}

static enum tr_err print_tail(struct tail *tail, struct tr_why *why)
{
	struct tr_bounds bounds;
	struct tr_named named;
	enum tr_err err = open_log(tail, why);

	if (!err && tail->filter.job_count) {
		err = tr_jobs_named(tail->log.db, &tail->filter, &named, why);
		if (!err && !named.known)
			err = tr_fail(why, TR_ABSENT, "no job %lld in %s",
			    (long long)tail->filter.jobs[0], tail->path);
	}
	if (!err)
		err = tr_reader_bounds(tail->log.reader, &bounds, why);
	if (!err)
		err = tr_reader_tail(
		    tail->log.reader, &bounds, tail->lines, &tail->position, why);
	if (err)
		return err;
	tail->markers_from = bounds.newest;
	err = print_new(tail, why);
	return err || !tail->follow ? err : follow(tail, why);
}

static enum tr_exit read_options(struct tail *tail, int argc, char **argv)
{
	static const struct option options[] = {{"job", required_argument, NULL, 'j'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "fn:", options, NULL)) != -1) {
		if (option == 'f') {
			tail->follow = 1;
		} else if (option == 'n') {
			if (tr_query_number(optarg, 0, LINES_MOST, &tail->lines))
				return tr_cli_usage(
				    "-n takes a number from 0 to %d", LINES_MOST);
		} else if (option == 'j') {
			if (tr_cli_job_id(optarg, &tail->filter.jobs[0]))
				return TR_EXIT_USAGE;
			tail->filter.job_count = 1;
		} else {
			return TR_EXIT_USAGE;
		}
	}
	if (optind < argc)
		return tr_cli_usage("tail takes no arguments: see tailrow help tail");
	return TR_EXIT_DONE;
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tail *tail = calloc(1, sizeof(*tail));
	struct tr_why why = {0};
	enum tr_exit status = TR_EXIT_FAILED;
	enum tr_err err;

	if (!tail)
		return tr_cli_fail(tr_fail(&why, TR_NOMEM, "out of memory"), &why);
	tail->lines = LINES;
	tail->colour = tr_cli_colour();
	status = read_options(tail, argc, argv);
	if (!status)
		status = tr_cli_path(cli, &tail->path);
	if (!status) {
		err = print_tail(tail, &why);
		if (err && err != TR_GONE)
			status = tr_cli_fail(err, &why);
		else if (tail->follow && tail->ended && tail->failed)
			status = TR_EXIT_FAILED;
	}
	close_log(tail);
	free(tail);
	return status;
}

const struct tr_command tr_cmd_tail = {
    .name = "tail",
    .args = "[--job ID] [-n N] [-f]",
    .summary = "show the last lines of the log, and follow it",
    .help = "\n"
	    "  --job ID  only the lines of this job\n"
	    "  -n N      so many lines (10)\n"
	    "  -f        go on with what comes; with --job until the job ends, and then\n"
	    "            with its outcome: 0 where it succeeded, else 1\n",
    .run = run,
};
