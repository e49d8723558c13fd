/* cmd_tail.c: tailrow tail: the last lines of the log, and with -f what comes after them.
 *
 * - Waits by the same watch as an event stream, so that it costs nothing while nothing is
 *   committed.
 * - A signal ends the following in order, so that no -wal stays behind.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/query.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/tail_rows.h"
#include "store/job_page.h"
#include "store/jobs.h"
#include "store/log.h"
#include "watch/watch.h"

#define LINES 10
#define LINES_MOST 1000000
#define REOPEN_TRIES 100 /* with REOPEN_PAUSE_NS between: a file that is being replaced */
#define REOPEN_PAUSE_NS (20 * TR_NS_PER_MS)

struct tail {
	const char *path;
	struct tr_filter filter; /* the one job, or all */
	int64_t lines;
	int follow;
	struct tr_tail_rows rows;
	struct tr_log log;
	struct tr_watch *watch; /* NULL: not following */
	struct tr_batch batch;
	int64_t position;
	int64_t markers_from; /* states up to here are the past */
	int ended;	      /* the one job has ended, as far as has been printed */
	int status;	      /* and this way */
};

/* What a command that stands for the job exits with: 0 where it succeeded, else its own exit
 * code, 128 and the signal that ended it, or 1. A tr_job_taker. */
static void take_ending(void *arg, const struct tr_job_whole *whole)
{
	const struct tr_job *job = &whole->job;
	struct tail *tail = arg;

	tail->ended = tr_state_final(job->state);
	if (tr_text_is(job->state, "succeeded"))
		tail->status = TR_EXIT_DONE;
	else if (job->has_exit_code && job->exit_code > 0 && job->exit_code < 256)
		tail->status = (int)job->exit_code;
	else if (whole->has_signal && whole->signal > 0 && whole->signal < 128)
		tail->status = 128 + (int)whole->signal;
	else
		tail->status = TR_EXIT_FAILED;
}

/* Asks whether the one job has ended. One that is no more has. */
static enum tr_err ask_ended(struct tail *tail, struct tr_why *why)
{
	enum tr_err err =
	    tr_job_whole_read(tail->log.db, tail->filter.jobs[0], take_ending, tail, why);

	if (err != TR_ABSENT)
		return err;
	tail->ended = 1;
	tail->status = TR_EXIT_FAILED;
	return TR_OK;
}

/* Prints the next rows. *more: there are further ones. TR_GONE: nobody reads any more, or the
 * sentence about the output is printed and tail->status is set. */
static enum tr_err print_batch(struct tail *tail, int *more, struct tr_why *why)
{
	struct tr_buf out = {0};
	enum tr_err err = TR_OK;

	if (tail->filter.job_count)
		err = ask_ended(tail, why); /* before the reading, which then has it all */
	if (!err)
		err = tr_reader_read(
		    tail->log.reader, tail->position, tail->markers_from, &tail->batch, why);
	if (err)
		return err;
	for (int i = 0; i < tail->batch.row_count; i++)
		tr_tail_rows_add(&tail->rows, &out, tail->log.db, &tail->batch, i);
	tail->position = tail->batch.upto;
	*more = tail->position < tail->batch.bounds.newest;
	tr_batch_clear(&tail->batch);
	if ((out.len || tr_buf_err(&out)) && (err = tr_cli_write(&out)) == TR_SYS) {
		tail->status = TR_EXIT_FAILED;
		err = TR_GONE;
	}
	tr_buf_free(&out);
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
	if (!err && (strcmp(epoch, tail->log.epoch) != 0 || bounds.newest < tail->position)) {
		tail->position = tail->markers_from = bounds.newest;
		tail->rows.names = (struct tr_names){0};
	}
	return err;
}

/* Waits for the watch, and for the reader of our output to leave: TR_GONE. */
static enum tr_err wait(const struct tail *tail)
{
	struct pollfd fds[] = {
	    {.fd = tr_watch_fd(tail->watch), .events = POLLIN}, {.fd = STDOUT_FILENO}};
	int64_t ns = tr_watch_deadline_ns(tail->watch) - tr_mono_ns();

	tr_stop_poll(fds, 2, ns > 0 ? ns : 0);
	return fds[1].revents ? TR_GONE : TR_OK;
}

/* Prints what is new. *done: it is all there will be. */
static enum tr_err print_new(struct tail *tail, int *done, struct tr_why *why)
{
	int more = 0;
	enum tr_err err = print_batch(tail, &more, why);

	if (err || !more)
		tr_watch_read_done(tail->watch, err);
	*done = !err && !more && tail->ended;
	return err == TR_BUSY ? wait(tail) : err;
}

/* Prints what comes until the one job ends, a signal asks to stop, or nobody reads. */
static enum tr_err follow(struct tail *tail, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	int done = 0;

	tr_stop_install();
	tr_stop_precise_timers();
	sqlite3_busy_timeout(tail->log.db, 0); /* the watch waits for locks, and more finely */
	while (!err && !done) {
		enum tr_look look = tr_watch_look(tail->watch);

		if (look == TR_LOOK_REOPEN)
			err = reopen(tail, why);
		else if (look == TR_LOOK_WAIT)
			err = wait(tail);
		else
			err = print_new(tail, &done, why);
		tr_stop_poll(NULL, 0, 0); /* lets signals in */
		if (tr_stop_asked()) {
			tail->status = 128 + tr_stop_asked();
			return TR_GONE;
		}
	}
	return err;
}

/* Prints the last lines there are. */
static enum tr_err print_tail(struct tail *tail, struct tr_why *why)
{
	struct tr_bounds bounds;
	struct tr_named named;
	int more = 1;
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
	if (!err)
		tail->markers_from = bounds.newest;
	while (!err && more)
		err = print_batch(tail, &more, why);
	return err;
}

static enum tr_exit read_options(struct tail *tail, int argc, char **argv)
{
	static const struct option options[] = {
	    {"job", required_argument, NULL, 'j'}, {"json", no_argument, NULL, 'J'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "fn:", options, NULL)) != -1) {
		if (option == 'f') {
			tail->follow = 1;
		} else if (option == 'J') {
			tail->rows.json = 1;
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
	enum tr_err err;
	int status;

	if (!tail)
		return tr_cli_fail(tr_fail(&why, TR_NOMEM, "out of memory"), &why);
	tail->lines = LINES;
	status = read_options(tail, argc, argv);
	tail->rows.colour = tr_cli_colour();
	tail->rows.with_job = !tail->filter.job_count;
	if (!status)
		status = tr_cli_path(cli, &tail->path);
	if (!status) {
		err = print_tail(tail, &why);
		if (!err && tail->follow)
			err = follow(tail, &why);
		if (err && err != TR_GONE)
			status = tr_cli_fail(err, &why);
		else if (tail->follow || err)
			status = tail->status;
	}
	close_log(tail);
	free(tail);
	return status;
}

const struct tr_command tr_cmd_tail = {
    .name = "tail",
    .args = "[--job ID] [-n N] [-f] [--json]",
    .summary = "show the last lines of the log, and follow it",
    .help =
	"\n"
	"  --job ID  only the lines of this job\n"
	"  -n N      so many lines (10)\n"
	"  -f        go on with what comes; with --job until the job ends, and then with\n"
	"            its status: 0 where it succeeded, else its exit code, 128 and the\n"
	"            number of the signal that ended it, or 1\n"
	"  --json    a line for each: {\"id\":N,\"event\":\"log\",\"data\":{...}}, data as an\n"
	"            event stream has it\n",
    .run = run,
};
