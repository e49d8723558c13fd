/* cmd_finish.c: tailrow finish: ends a job.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "cli/commands.h"
#include "store/publish.h"

/* Reads the options into *ending. */
static enum tr_exit read_options(int argc, char **argv, struct tr_ending *ending)
{
	static const struct option options[] = {
	    {"url", required_argument, NULL, 'u'},
	    {"failed", no_argument, NULL, 'f'},
	    {"error", required_argument, NULL, 'e'},
	    {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		if (option == 'u')
			ending->url = optarg;
		else if (option == 'f')
			ending->end = TR_END_FAILED;
		else
			ending->error = optarg;
	}
	if (ending->error && ending->end != TR_END_FAILED)
		return tr_cli_usage("--error goes with --failed: see tailrow help finish");
	if (argc - optind > 1)
		return tr_cli_usage("finish takes one ID: see tailrow help finish");
	return TR_EXIT_DONE;
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_ending ending = {.end = TR_END_SUCCEEDED};
	enum tr_exit status = read_options(argc, argv, &ending);
	struct tr_why why = {0};
	enum tr_err err;
	int64_t id;
	sqlite3 *db;

	if (!status)
		status =
		    optind < argc ? tr_cli_job_id(argv[optind], &id) : tr_cli_job_needed(&id);
	if (!status)
		status = tr_cli_open(cli, &db);
	if (status)
		return status;
	err = tr_publish_finish(db, id, &ending, &why);
	sqlite3_close(db);
	return tr_cli_fail(err, &why);
}

const struct tr_command tr_cmd_finish = {
    .name = "finish",
    .args = "[ID] [--url U] [--failed [--error TEXT]]",
    .summary = "end a job",
    .help = "Without ID it is the job in TAILROW_JOB.\n"
	    "\n"
	    "  --url U       where its result is\n"
	    "  --failed      it failed; without this it succeeded\n"
	    "  --error TEXT  why it failed\n",
    .run = run,
};
