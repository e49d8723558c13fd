/* cmd_list.c: tailrow list: the running jobs and the newest hundred.
 *
 * - The table is for people and the same in a pipe; for programs there is --json, which is
 *   what a page gets as its snapshot.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/print.h"
#include "cli/safe.h"
#include "store/jobs.h"
#include "store/log.h"
#include "stream/json.h"

#define NAME_COLUMNS 32
#define DETAIL_COLUMNS 72

static enum tr_err read_jobs(const char *path, struct tr_job_list *list, struct tr_why *why)
{
	const struct tr_filter all = {0};
	struct tr_log log;
	enum tr_err err = tr_log_open(&log, path, TR_LOG_KEEPER, &all, why);

	if (err)
		return err;
	err = tr_jobs_list(log.db, &all, list, why);
	tr_log_close(&log);
	return err;
}

/* Appends the spaces from after so many columns to the next one, which begins two after
 * width. */
static void add_spaces(struct tr_buf *out, size_t columns, size_t width)
{
	tr_buf_addf(out, "%*s", columns < width ? (int)(width + 2 - columns) : 2, "");
}

/* Appends text, cut after max_columns, and those spaces. */
static void add_cell(struct tr_buf *out, struct tr_text text, size_t max_columns, size_t width)
{
	add_spaces(out, tr_safe_add(out, text, max_columns), width);
}

static void add_words(struct tr_buf *out, const char *words, size_t width)
{
	add_cell(out, (struct tr_text){words, strlen(words)}, width, width);
}

/* What there is to say about a job: why it failed, or else what it is at. */
static struct tr_text detail(const struct tr_job *job)
{
	return tr_text_is(job->state, "failed") && job->error.len ? job->error : job->step;
}

static void add_job(struct tr_buf *out, const struct tr_job *job, size_t id_width,
    size_t name_width, int colour)
{
	char number[32];

	snprintf(number, sizeof(number), "%lld", (long long)job->id);
	add_words(out, number, id_width);
	add_spaces(out, tr_print_state(out, job->state, colour), TR_PRINT_STATE_COLUMNS);
	number[0] = '\0';
	if (!isnan(job->progress))
		snprintf(number, sizeof(number), "%d%%", (int)job->progress);
	add_words(out, number, strlen("PROGRESS"));
	add_spaces(out, tr_print_time(out, job->started_at), TR_PRINT_TIME_COLUMNS);
	add_cell(out, job->name, NAME_COLUMNS, name_width);
	tr_safe_add(out, detail(job), DETAIL_COLUMNS);
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	tr_buf_adds(out, "\n");
}

static void add_table(struct tr_buf *out, const struct tr_job_list *list, int colour)
{
	size_t id_width = strlen("ID"), name_width = strlen("NAME");
	struct tr_buf scratch = {0};

	for (int i = 0; i < list->count; i++) {
		const struct tr_job *job = &list->jobs[i];
		size_t columns = tr_safe_add(&scratch, job->name, NAME_COLUMNS);
		size_t digits = (size_t)snprintf(NULL, 0, "%lld", (long long)job->id);

		name_width = columns > name_width ? columns : name_width;
		id_width = digits > id_width ? digits : id_width;
	}
	tr_buf_free(&scratch);
	tr_buf_addf(out, "%-*s  %-*s  PROGRESS  %-*s  %-*s  DETAIL\n", (int)id_width, "ID",
	    TR_PRINT_STATE_COLUMNS, "STATE", TR_PRINT_TIME_COLUMNS, "STARTED", (int)name_width,
	    "NAME");
	for (int i = 0; i < list->count; i++)
		add_job(out, &list->jobs[i], id_width, name_width, colour);
	if (list->total > list->count)
		tr_buf_addf(out, "and %lld more\n", (long long)(list->total - list->count));
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct tr_job_list list = {0};
	struct tr_buf out = {0}, text = {0};
	struct tr_why why = {0};
	int option, json = 0;
	const char *path;
	enum tr_exit status;
	enum tr_err err;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		json = 1;
	}
	if (optind < argc)
		return tr_cli_usage("list takes no arguments: see tailrow help list");
	status = tr_cli_path(cli, &path);
	if (status)
		return status;
	err = read_jobs(path, &list, &why);
	if (!err && json) {
		tr_json_snapshot(&text, &list);
		tr_print_json(&out, &text);
	} else if (!err) {
		add_table(&out, &list, tr_cli_colour());
	}
	tr_job_list_free(&list);
	tr_buf_free(&text);
	return err ? tr_cli_fail(err, &why) : tr_cli_out(&out);
}

const struct tr_command tr_cmd_list = {
    .name = "list",
    .args = "[--json]",
    .summary = "show the running jobs and the newest hundred",
    .help = "\n"
	    "  --json  one line: {\"jobs\":[...],\"total\":N}, as a page gets it\n",
    .run = run,
};
