/* cmd_start.c: tailrow start: begins a job and prints its id.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "cli/commands.h"
#include "store/publish.h"

static enum tr_exit run(struct tr_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	struct tr_buf out = {0};
	struct tr_why why = {0};
	enum tr_exit status;
	enum tr_err err;
	int64_t id = 0;
	sqlite3 *db;

	if (getopt_long(argc, argv, "", options, NULL) == '?')
		return TR_EXIT_USAGE;
	if (argc - optind != 1)
		return tr_cli_usage("start takes one NAME: see tailrow help start");
	status = tr_cli_open(cli, &db);
	if (status)
		return status;
	err = tr_publish_start(db, argv[optind], &id, &why);
	sqlite3_close(db);
	if (err)
		return tr_cli_fail(err, &why);
	tr_buf_addf(&out, "%lld\n", (long long)id);
	return tr_cli_out(&out);
}

const struct tr_command tr_cmd_start = {
    .name = "start",
    .args = "NAME",
    .summary = "begin a job, and print its id",
    .help = "\n"
	    "  id=$(tailrow start deploy)\n",
    .run = run,
};
