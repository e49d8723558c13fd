/* cmd_progress.c: tailrow progress: says how far a job is, and at what.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "store/publish.h"

/* Reads all of text as a number. */
static enum tr_exit read_percent(const char *text, double *percent)
{
	char *end;

	*percent = strtod(text, &end);
	if (end == text || *end || !(*percent >= 0 && *percent <= 100))
		return tr_cli_usage("PERCENT is a number from 0 to 100, not '%.80s'", text);
	return TR_EXIT_DONE;
}

static enum tr_exit run(struct tr_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	struct tr_why why = {0};
	enum tr_exit status;
	enum tr_err err;
	double percent;
	int64_t id;
	sqlite3 *db;

	if (getopt_long(argc, argv, "", options, NULL) == '?')
		return TR_EXIT_USAGE;
	argv += optind;
	argc -= optind;
	if (argc < 2 || argc > 3)
		return tr_cli_usage(
		    "progress takes ID, PERCENT and perhaps STEP: see tailrow help progress");
	status = tr_cli_job_id(argv[0], &id);
	if (!status)
		status = read_percent(argv[1], &percent);
	if (!status)
		status = tr_cli_open(cli, &db);
	if (status)
		return status;
	err = tr_publish_progress(db, id, percent, argv[2], &why);
	sqlite3_close(db);
	return tr_cli_fail(err, &why);
}

const struct tr_command tr_cmd_progress = {
    .name = "progress",
    .args = "ID PERCENT [STEP]",
    .summary = "say how far a job is, and at what",
    .help = "PERCENT is a number from 0 to 100, fractions allowed. Without STEP the job keeps\n"
	    "the step that it has.\n"
	    "\n"
	    "  tailrow progress $id 45 'Syncing database'\n",
    .run = run,
};
