/* cmd_replay.c: tailrow replay: plays what tailrow run had to leave in spools.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "cli/commands.h"
#include "run/leftover.h"

/* The one that was named. */
static enum tr_err play_file(
    struct tr_leftovers *leftovers, const char *path, const char *db, struct tr_why *why)
{
	enum tr_err err = tr_leftovers_take(leftovers, path, why);

	return err ? err : tr_leftovers_play(leftovers, db, why);
}

/* All that nobody uses. One that fails does not keep the others. */
static enum tr_exit play_all(struct tr_leftovers *leftovers, const char *db)
{
	char path[PATH_MAX];
	struct tr_leftover_of of = {0};
	struct tr_why why = {0};
	enum tr_exit status = tr_cli_fail(tr_leftovers_list(leftovers, &why), &why);

	if (!status && db) {
		status = tr_cli_absolute(db, path);
		of.db = path;
	}
	if (status)
		return status;
	while (tr_leftovers_next(leftovers, &of))
		if (tr_cli_fail(tr_leftovers_play(leftovers, NULL, &why), &why))
			status = TR_EXIT_FAILED;
	return status;
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	struct tr_leftovers leftovers = {0};
	struct tr_why why = {0};
	enum tr_exit status = TR_EXIT_DONE;

	if (getopt_long(argc, argv, "", options, NULL) == '?')
		return TR_EXIT_USAGE;
	if (optind == argc)
		status = play_all(&leftovers, cli->db);
	for (int i = optind; i < argc; i++)
		if (tr_cli_fail(play_file(&leftovers, argv[i], cli->db, &why), &why))
			status = TR_EXIT_FAILED;
	tr_leftovers_free(&leftovers);
	return status;
}

const struct tr_command tr_cmd_replay = {
    .name = "replay",
    .args = "[FILE…]",
    .summary = "bring into the database what tailrow run had to leave in a spool",
    .help =
	"\n"
	"  FILE  the spool that a sentence of tailrow run named; otherwise all of this\n"
	"        user that nobody uses\n"
	"\n"
	"It goes into the database of its run, or into the one that --db names; a spool\n"
	"that is played is removed. tailrow run does the same by itself for its database.\n",
    .run = run,
};
