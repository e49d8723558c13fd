/* cmd_start.c: tailrow start: begins a job and prints its id.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "cli/commands.h"
#include "cli/here.h"
#include "store/publish.h"

/* Reads the arguments into *job. */
static enum tr_exit read_options(int argc, char **argv, struct tr_new_job *job)
{
	static const struct option options[] = {{"owner", required_argument, NULL, 'o'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		job->owner = optarg;
	}
	if (argc - optind != 1)
		return tr_cli_usage("start takes one NAME: see tailrow help start");
	job->name = argv[optind];
	return TR_EXIT_DONE;
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_new_job job = {0};
	struct tr_buf out = {0};
	struct tr_why why = {0};
	struct tr_here here;
	enum tr_exit status = read_options(argc, argv, &job);
	enum tr_err err;
	int64_t id = 0;
	sqlite3 *db;

	if (!status)
		status = tr_cli_open(cli, &db);
	if (status)
		return status;
	tr_here_fill(&here, &job);
	err = tr_publish_start(db, &job, &id, &why);
	sqlite3_close(db);
	if (err)
		return tr_cli_fail(err, &why);
	tr_buf_addf(&out, "%lld\n", (long long)id);
	return tr_cli_out(&out);
}

const struct tr_command tr_cmd_start = {
    .name = "start",
    .args = "[--owner USER] NAME",
    .summary = "begin a job, and print its id",
    .help =
	"The commands that speak of a job take it from TAILROW_JOB where they are not told\n"
	"its id.\n"
	"\n"
	"  --owner USER  whose job it is; otherwise that of the user who runs this\n"
	"\n"
	"  export TAILROW_JOB=$(tailrow start deploy)\n"
	"  tailrow progress 45 'Syncing database'\n"
	"  tailrow finish\n",
    .run = run,
};
