/* main.c: tailrow, the command line: finds the command and runs it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

/* What getopt_long() begins its sentences with. */
#define PROGRAM "tailrow"

static int help(struct tr_cli *cli, int argc, char **argv);

static const struct tr_command cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "say what there is, or how one command is used",
    .help = "",
    .run = help,
};

/* In the order of their use, which is that of the help. */
static const struct tr_command *const commands[] = {
    &tr_cmd_init,
    &tr_cmd_run,
    &tr_cmd_replay,
    &tr_cmd_start,
    &tr_cmd_progress,
    &tr_cmd_log,
    &tr_cmd_finish,
    &tr_cmd_list,
    &tr_cmd_show,
    &tr_cmd_tail,
    &tr_cmd_prune,
    &tr_cmd_ticket,
    &tr_cmd_doctor,
    &tr_cmd_check_config,
    &cmd_help,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The command of that name, or NULL once the sentence is printed. */
static const struct tr_command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	tr_cli_usage("no command is called '%.80s': see tailrow help", name);
	return NULL;
}

static void add_usage(struct tr_buf *out)
{
	tr_buf_adds(
	    out, "usage: tailrow [--db FILE] COMMAND\n       tailrow --help | --version\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		tr_buf_addf(out, "  %s %s\n      %s\n", commands[i]->name, commands[i]->args,
		    commands[i]->summary);
	tr_buf_adds(out,
	    "\nThe database is named by --db FILE, else by TAILROW_DB, else by a line\n"
	    "db = FILE in " TR_CONF_FILE ".\n"
	    "Exit status: 0 done; 1 failed, with a sentence on standard error; 2 wrong\n"
	    "usage.\n");
}

static enum tr_exit print_help(const struct tr_command *command)
{
	struct tr_buf out = {0};

	if (command)
		tr_buf_addf(&out, "usage: tailrow [--db FILE] %s %s\n\nTo %s.\n%s",
		    command->name, command->args, command->summary, command->help);
	else
		add_usage(&out);
	return tr_cli_out(&out);
}

static int help(struct tr_cli *cli, int argc, char **argv)
{
	const struct tr_command *command = argc > 1 ? find(argv[1]) : NULL;

	(void)cli;
	return argc > 1 && !command ? TR_EXIT_USAGE : print_help(command);
}

static enum tr_exit print_version(void)
{
	struct tr_buf out = {0};

	tr_buf_addf(&out, "tailrow %s (SQLite %s)\n", TR_VERSION, sqlite3_libversion());
	return tr_cli_out(&out);
}

/* Runs the command whose name is argv[0]. */
static int run(struct tr_cli *cli, int argc, char **argv)
{
	const struct tr_command *command = find(argv[0]);

	if (!command)
		return TR_EXIT_USAGE;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return print_help(command);
	argv[0] = (char *)PROGRAM;
	optind = 0; /* the GNU way to begin with another argv */
	return command->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"db", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	struct tr_cli cli = {0};
	struct tr_buf out = {0};
	int status, option;

	argv[0] = (char *)PROGRAM;
	/* '+': what follows the command's name is the command's */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'h')
			return print_help(NULL);
		if (option == 'v')
			return print_version();
		if (option == '?')
			return TR_EXIT_USAGE;
		cli.db = optarg;
	}
	if (optind == argc) {
		add_usage(&out);
		fputs(out.data, stderr);
		tr_buf_free(&out);
		return TR_EXIT_USAGE;
	}
	status = run(&cli, argc - optind, argv + optind);
	tr_conf_free(&cli.conf);
	return status;
}
