/* cmd_run.c: tailrow run: runs a command as a job.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/query.h"
#include "cli/commands.h"
#include "cli/here.h"
#include "run/runner.h"

#define TIMEOUT_MAX_S (365 * 86400)

static enum tr_exit read_progress(const char *word, enum tr_markup_mode *mode)
{
	if (strcmp(word, "auto") == 0)
		*mode = TR_MARKUP_AUTO;
	else if (strcmp(word, "gauge") == 0)
		*mode = TR_MARKUP_GAUGE;
	else if (strcmp(word, "none") == 0)
		*mode = TR_MARKUP_NONE;
	else
		return tr_cli_usage("--progress is auto, gauge or none, not '%.80s'", word);
	return TR_EXIT_DONE;
}

static enum tr_exit read_option(int option, struct tr_run *run)
{
	switch (option) {
	case 'n':
		run->job.name = optarg;
		return TR_EXIT_DONE;
	case 'o':
		run->job.owner = optarg;
		return TR_EXIT_DONE;
	case 'k':
		run->key = optarg;
		return TR_EXIT_DONE;
	case 't':
		if (!tr_query_number(optarg, 1, TIMEOUT_MAX_S, &run->timeout_s))
			return TR_EXIT_DONE;
		return tr_cli_usage(
		    "--job-timeout is a number of seconds from 1 on, not '%.80s'", optarg);
	case 'g':
		return read_progress(optarg, &run->progress);
	case 'p':
		run->pty = 1;
		return TR_EXIT_DONE;
	default:
		return TR_EXIT_USAGE;
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static enum tr_exit read_options(int argc, char **argv, struct tr_run *run)
{
	static const struct option options[] = {
	    {"name", required_argument, NULL, 'n'},
	    {"owner", required_argument, NULL, 'o'},
	    {"key", required_argument, NULL, 'k'},
	    {"job-timeout", required_argument, NULL, 't'},
	    {"progress", required_argument, NULL, 'g'},
	    {"pty", no_argument, NULL, 'p'},
	    {0},
	};
	enum tr_exit status;
	int option;

	/* '+': what follows the command's name is the command's */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		status = read_option(option, run);
		if (status)
			return status;
	}
	if (optind == argc)
		return tr_cli_usage("run takes a COMMAND: see tailrow help run");
	run->argv = argv + optind;
	if (!run->job.name)
		run->job.name = base_name(argv[optind]);
	if (!*run->job.name || (run->key && !*run->key))
		return tr_cli_usage("a job's name and its key are not empty");
	return TR_EXIT_DONE;
}

/* So that nothing of ours becomes the command's standard output. */
static void open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_run plan = {.progress = TR_MARKUP_AUTO};
	enum tr_exit status = read_options(argc, argv, &plan);
	struct tr_here here;
	char db[PATH_MAX];
	const char *path;

	if (!status)
		status = tr_cli_path(cli, &path);
	if (!status)
		status = tr_cli_absolute(path, db);
	if (status)
		return status;
	open_standard();
	tr_here_fill(&here, &plan.job);
	plan.db = db;
	return tr_run(&plan);
}

const struct tr_command tr_cmd_run = {
    .name = "run",
    .args = "[OPTION…] [--] COMMAND [ARGUMENT…]",
    .summary = "run a command as a job: what it prints is the job's log",
    .help =
	"The terminal shows what it would show without tailrow, and the exit status is the\n"
	"command's: 128+N where signal N ended it, 127 where it was not found, 126 where it\n"
	"cannot be executed. Lines of standard error have the level error, others info,\n"
	"where they do not say it themselves. Progress and sections are read from what\n"
	"known tools print. The command has TAILROW_DB and TAILROW_JOB in its environment,\n"
	"so that 'tailrow log' and 'tailrow progress' in it are about this job.\n"
	"\n"
	"  --name N         the job's name; otherwise the command's\n"
	"  --owner USER     whose job it is; otherwise that of the user who runs this\n"
	"  --key K          not while another job of this key runs: then 1, with a sentence\n"
	"  --job-timeout S  end the command after S seconds; its job failed, and the status\n"
	"                   is 124 where the command made a success of it\n"
	"  --progress=auto|gauge|none\n"
	"                   gauge: standard output speaks as for dialog --gauge, too; none:\n"
	"                   lines only\n"
	"  --pty            give the command a terminal, so that it prints at once and as it\n"
	"                   does for a person; both outputs are then one\n"
	"\n"
	"SIGTERM and SIGINT are passed on to the command's process group; who is left of it\n"
	"after ten seconds is killed. The command never waits for the database: what cannot\n"
	"be written is kept in a spool in ~/.local/state/tailrow (or $XDG_STATE_HOME,\n"
	"$TMPDIR, /var/tmp), at most 256 MB of it, and written when that is possible again.\n"
	"After the end that is waited for, ten seconds at most; then the spool stays, for\n"
	"the next run or for tailrow replay. An output that nobody reads ends no command.\n"
	"\n"
	"  */15 * * * *  tailrow run --key sync -- rsync -a --info=progress2 /srv backup:\n",
    .run = run,
};
