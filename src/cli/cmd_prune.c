/* cmd_prune.c: tailrow prune: deletes what is old, and gives its space back.
 *
 * - A signal ends it as it ends any program: what was committed is gone, and the next run goes
 *   on.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "base/query.h"
#include "cli/commands.h"
#include "store/prune.h"
#include "store/publish.h"

#define DAYS_MOST 1000000 /* back to before Julian days begin is far enough */

static enum tr_exit read_options(int argc, char **argv, struct tr_keep *keep)
{
	static const struct option options[] = {
	    {"days", required_argument, NULL, 'd'},
	    {"rows", required_argument, NULL, 'r'},
	    {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		if (option == 'd' && tr_query_number(optarg, 0, DAYS_MOST, &keep->days))
			return tr_cli_usage("--days takes a number from 0 to %d, not '%.80s'",
			    DAYS_MOST, optarg);
		if (option == 'r' && tr_query_number(optarg, 0, INT64_MAX, &keep->rows))
			return tr_cli_usage("--rows takes a number, not '%.80s'", optarg);
	}
	if (optind < argc || (keep->days < 0) == (keep->rows < 0))
		return tr_cli_usage("prune takes --days N or --rows N: see tailrow help prune");
	return TR_EXIT_DONE;
}

static void add_size(struct tr_buf *out, int64_t bytes)
{
	static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
	double size = (double)bytes;
	int unit = 0;

	while (size >= 1000 && unit < 4) {
		size /= 1000;
		unit++;
	}
	tr_buf_addf(out, size < 10 && unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_keep keep = {.days = -1, .rows = -1};
	enum tr_exit status = read_options(argc, argv, &keep);
	struct tr_pruned pruned;
	struct tr_buf out = {0};
	struct tr_why why = {0};
	enum tr_err err;
	sqlite3 *db;

	if (!status)
		status = tr_cli_open(cli, &db);
	if (status)
		return status;
	err = tr_prune(db, &keep, &pruned, &why);
	sqlite3_close(db);
	if (err)
		return tr_cli_fail(err, &why);
	tr_buf_addf(
	    &out, "jobs %lld, rows %lld, ", (long long)pruned.jobs, (long long)pruned.rows);
	add_size(&out, pruned.bytes);
	tr_buf_adds(&out, "\n");
	return tr_cli_out(&out);
}

const struct tr_command tr_cmd_prune = {
    .name = "prune",
    .args = "--days N | --rows N",
    .summary = "delete what is old, and make the file smaller",
    .help =
	"Publishers and pages go on meanwhile. Prints what went. Old progress that a later\n"
	"state of its job supersedes goes in either case, whatever its age.\n"
	"\n"
	"  --days N  jobs that ended more than N days ago, with their lines; and lines of\n"
	"            no job as old. A job that is queued or running keeps everything.\n"
	"  --rows N  all but the newest N rows of the log, those of a running job too; and\n"
	"            ended jobs of which no row is left\n"
	"\n"
	"  15 4 * * *  tailrow prune --days 30 >/dev/null\n",
    .run = run,
};
