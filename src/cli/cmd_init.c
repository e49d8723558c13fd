/* cmd_init.c: tailrow init: makes the database, or gives a restored copy a fresh epoch.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "cli/commands.h"
#include "store/schema.h"

static int run(struct tr_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{"renew-epoch", no_argument, NULL, 'r'}, {0}};
	struct tr_why why = {0};
	const char *path;
	int option, renew = 0;
	enum tr_exit status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		renew = 1;
	}
	if (argc - optind > 1)
		return tr_cli_usage("init takes one FILE: see tailrow help init");
	if (optind < argc)
		cli->db = argv[optind];
	status = tr_cli_path(cli, &path);
	if (status)
		return status;
	return tr_cli_fail(
	    renew ? tr_schema_renew_epoch(path, &why) : tr_schema_init(path, &why), &why);
}

const struct tr_command tr_cmd_init = {
    .name = "init",
    .args = "[--renew-epoch] [FILE]",
    .summary = "make the database",
    .help = "FILE is used instead of the database named otherwise. A tailrow database that is\n"
	    "there already is left as it is, and that is no failure.\n"
	    "\n"
	    "  --renew-epoch  after a copy was restored from a backup: tell every page that\n"
	    "                 reconnects to begin afresh\n",
    .run = run,
};
