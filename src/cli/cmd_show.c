/* cmd_show.c: tailrow show: a job, and its last lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/query.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/safe.h"
#include "store/job_page.h"
#include "store/lines.h"
#include "store/log.h"
#include "store/schema.h"
#include "stream/json.h"

#define LINES 10

struct show {
	int64_t id;
	int64_t lines; /* how many */
	int json;
	int colour;
	const char *between; /* what stands before the next line */
	struct tr_page page;
	struct tr_buf out;
	struct tr_buf text; /* the JSON */
};

static void add_label(struct tr_buf *out, const char *label)
{
	tr_buf_addf(out, "%-10s", label);
}

static void add_text(struct tr_buf *out, const char *label, struct tr_text text)
{
	if (!text.len)
		return;
	add_label(out, label);
	tr_safe_add(out, text, SIZE_MAX);
	tr_buf_adds(out, "\n");
}

static void add_time(struct tr_buf *out, const char *label, struct tr_text time)
{
	if (!time.len)
		return;
	add_label(out, label);
	tr_print_time(out, time);
	tr_buf_adds(out, "\n");
}

/* How long it took, or takes. */
static void add_duration(struct tr_buf *out, const struct tr_job *job)
{
	int64_t from_ms = tr_iso_ms(job->started_at.data, job->started_at.len);
	int64_t to_ms = job->finished_at.len
			    ? tr_iso_ms(job->finished_at.data, job->finished_at.len)
			    : tr_wall_ms();
	int64_t s = (to_ms - from_ms) / 1000;

	if (from_ms < 0 || to_ms < from_ms)
		return;
	add_label(out, "took");
	if (s >= 3600)
		tr_buf_addf(out, "%lld h ", (long long)(s / 3600));
	if (s >= 60)
		tr_buf_addf(out, "%lld min ", (long long)(s / 60 % 60));
	tr_buf_addf(
	    out, "%lld s%s\n", (long long)(s % 60), job->finished_at.len ? "" : " so far");
}

static void add_origin(struct tr_buf *out, const struct tr_job_whole *whole)
{
	if (!whole->owner.len && !whole->host.len && !whole->cwd.len)
		return;
	add_label(out, "from");
	tr_safe_add(out, whole->owner, SIZE_MAX);
	tr_buf_adds(out, whole->host.len ? "@" : "");
	tr_safe_add(out, whole->host, SIZE_MAX);
	tr_buf_adds(out, whole->cwd.len ? ":" : "");
	tr_safe_add(out, whole->cwd, SIZE_MAX);
	tr_buf_adds(out, "\n");
}

static void add_job(struct tr_buf *out, const struct tr_job_whole *whole, int colour)
{
	const struct tr_job *job = &whole->job;

	tr_buf_adds(out, colour ? "\033[1m" : "");
	tr_safe_add(out, job->name, SIZE_MAX);
	tr_buf_addf(out, "%s (job %lld)\n", colour ? "\033[m" : "", (long long)job->id);
	add_label(out, "state");
	tr_print_state(out, job->state, colour);
	if (whole->has_signal)
		tr_buf_addf(out, ", by signal %lld", (long long)whole->signal);
	else if (job->has_exit_code)
		tr_buf_addf(out, ", exit code %lld", (long long)job->exit_code);
	tr_buf_adds(out, "\n");
	if (!isnan(job->progress))
		tr_buf_addf(out, "%-10s%d%%\n", "progress", (int)job->progress);
	add_text(out, "step", job->step);
	add_text(out, "error", job->error);
	add_text(out, "url", job->url);
	if (!job->started_at.len)
		add_time(out, "created", whole->created_at);
	add_time(out, "started", job->started_at);
	add_time(out, "finished", job->finished_at);
	add_duration(out, job);
	add_time(out, "beat", whole->beat_at);
	add_origin(out, whole);
	add_text(out, "key", whole->key);
}

/* A tr_job_taker. */
static void take_job(void *arg, const struct tr_job_whole *whole)
{
	struct show *show = arg;

	if (!show->json) {
		add_job(&show->out, whole, show->colour);
		return;
	}
	tr_buf_adds(&show->text, "{\"job\":");
	tr_json_job_whole(&show->text, whole, -1);
	tr_buf_adds(&show->text, ",\"lines\":[");
}

/* A tr_line_taker. */
static void take_line(void *arg, const struct tr_row *row, int is_cut)
{
	struct show *show = arg;
	struct tr_buf *out = show->json ? &show->text : &show->out;

	if (!show->json && tr_text_is(row->event, "group-end"))
		return; /* it says nothing to a person */
	tr_buf_adds(out, show->between);
	if (show->json) {
		tr_json_line(out, row, is_cut);
		show->between = ",";
		return;
	}
	tr_print_time(out, row->created_at);
	tr_buf_adds(out, "  ");
	tr_print_row(out, row, show->colour);
	tr_buf_adds(out, is_cut ? "…\n" : "\n");
	show->between = "";
}

/* Reads the job and its lines in one transaction. */
static enum tr_err read_all(struct show *show, sqlite3 *db, struct tr_why *why)
{
	const struct tr_lines_ask ask = {
	    .job_id = show->id, .page = {.from = TR_PAGE_LAST, .limit = (int)show->lines}};
	enum tr_err err = tr_job_whole_read(db, show->id, take_job, show, why);

	if (err == TR_ABSENT)
		err = tr_fail(why, err, "no job %lld in %s", (long long)show->id,
		    sqlite3_db_filename(db, "main"));
	if (!err)
		err = tr_lines_read(db, &ask, &show->page, take_line, show, why);
	if (!err && show->json) {
		tr_buf_adds(&show->text, "]}");
		tr_print_json(&show->out, &show->text);
	}
	return err;
}

static enum tr_err show_job(struct show *show, const char *path, struct tr_why *why)
{
	const struct tr_filter all = {0};
	struct tr_log log;
	enum tr_err err = tr_log_open(&log, path, TR_LOG_KEEPER, &all, why);

	if (err)
		return err;
	if (sqlite3_exec(log.db, "BEGIN", NULL, NULL, NULL))
		err = tr_schema_error(sqlite3_extended_errcode(log.db), path, why);
	else
		err = read_all(show, log.db, why);
	tr_log_close(&log);
	return err;
}

static enum tr_exit read_options(struct show *show, int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "n:", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		if (option == 'j')
			show->json = 1;
		else if (tr_query_number(optarg, 0, TR_PAGE_ROWS, &show->lines))
			return tr_cli_usage("-n takes a number from 0 to %d", TR_PAGE_ROWS);
	}
	if (argc - optind > 1)
		return tr_cli_usage("show takes one ID: see tailrow help show");
	return optind < argc ? tr_cli_job_id(argv[optind], &show->id)
			     : tr_cli_job_needed(&show->id);
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct show *show = calloc(1, sizeof(*show));
	struct tr_why why = {0};
	enum tr_exit status;
	enum tr_err err;
	const char *path;

	if (!show)
		return tr_cli_fail(tr_fail(&why, TR_NOMEM, "out of memory"), &why);
	*show = (struct show){.lines = LINES, .colour = tr_cli_colour()};
	status = read_options(show, argc, argv);
	show->between = show->json ? "" : "\n";
	if (!status)
		status = tr_cli_path(cli, &path);
	if (!status) {
		err = show_job(show, path, &why);
		status = err ? tr_cli_fail(err, &why) : tr_cli_out(&show->out);
	}
	tr_buf_free(&show->out);
	tr_buf_free(&show->text);
	free(show);
	return status;
}

const struct tr_command tr_cmd_show = {
    .name = "show",
    .args = "[ID] [-n N] [--json]",
    .summary = "show a job and its last lines",
    .help = "Without ID it is the job in TAILROW_JOB.\n"
	    "\n"
	    "  -n N    so many lines (10)\n"
	    "  --json  one line: {\"job\":{...},\"lines\":[...]}\n",
    .run = run,
};
