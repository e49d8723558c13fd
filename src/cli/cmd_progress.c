/* cmd_progress.c: tailrow progress: says how far a job is, and at what.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "store/publish.h"

struct report {
	int64_t id;
	double percent;
	const char *step; /* NULL: none is given */
};

/* Whether all of text is a number from 0 to 100. */
static int is_percent(const char *text, double *percent)
{
	char *end;

	*percent = strtod(text, &end);
	return end != text && !*end && *percent >= 0 && *percent <= 100;
}

/* Reads [ID] PERCENT [STEP]. Of two words the first is the ID where no job is set around us,
 * or where the second is a number. */
static enum tr_exit read_words(int argc, char **argv, struct report *report)
{
	enum tr_exit status = TR_EXIT_DONE;

	if (argc < 1 || argc > 3)
		return tr_cli_usage(
		    "progress takes ID, PERCENT and perhaps STEP: see tailrow help progress");
	if (argc == 1)
		status = tr_cli_job_needed(&report->id);
	else if (argc == 2)
		status = tr_cli_job_around(&report->id);
	if (!status && argc > 1 &&
	    (argc == 3 || !report->id || is_percent(argv[1], &report->percent)))
		status = tr_cli_job_id(*argv++, &report->id);
	if (!status && !is_percent(argv[0], &report->percent))
		status =
		    tr_cli_usage("PERCENT is a number from 0 to 100, not '%.80s'", argv[0]);
	report->step = status ? NULL : argv[1];
	return status;
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	struct tr_why why = {0};
	struct report report = {0};
	enum tr_exit status;
	enum tr_err err;
	sqlite3 *db;

	if (getopt_long(argc, argv, "", options, NULL) == '?')
		return TR_EXIT_USAGE;
	status = read_words(argc - optind, argv + optind, &report);
	if (!status)
		status = tr_cli_open(cli, &db);
	if (status)
		return status;
	err = tr_publish_progress(db, report.id, report.percent, report.step, &why);
	sqlite3_close(db);
	return tr_cli_fail(err, &why);
}

const struct tr_command tr_cmd_progress = {
    .name = "progress",
    .args = "[ID] PERCENT [STEP]",
    .summary = "say how far a job is, and at what",
    .help = "PERCENT is a number from 0 to 100, fractions allowed. Without STEP the job keeps\n"
	    "the step that it has; without ID it is the job in TAILROW_JOB.\n"
	    "\n"
	    "  tailrow progress $id 45 'Syncing database'\n",
    .run = run,
};
