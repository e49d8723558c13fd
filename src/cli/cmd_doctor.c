/* cmd_doctor.c: tailrow doctor: says what is wrong with the database, the machine or the path
 * to the page, and what to do about it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/query.h"
#include "cli/commands.h"
#include "cli/verdict.h"
#include "doctor/database.h"
#include "doctor/machine.h"
#include "doctor/probe.h"

#define IDLE_MAX_S 86400

struct doctor {
	const char *url; /* NULL: no path to examine */
	int64_t idle_s;
	int json;
	const char *web_user; /* NULL: find out */
};

static enum tr_exit read_options(struct doctor *doctor, int argc, char **argv)
{
	static const struct option options[] = {{"idle", required_argument, NULL, 'i'},
	    {"json", no_argument, NULL, 'j'}, {"web-user", required_argument, NULL, 'w'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'i' && tr_query_number(optarg, 1, IDLE_MAX_S, &doctor->idle_s))
			return tr_cli_usage(
			    "--idle takes a number of seconds from 1 to %d", IDLE_MAX_S);
		if (option == 'w')
			doctor->web_user = optarg;
		doctor->json |= option == 'j';
		if (option == '?')
			return TR_EXIT_USAGE;
	}
	if (argc - optind > 1)
		return tr_cli_usage("doctor takes one URL: see tailrow help doctor");
	doctor->url = argv[optind];
	if (doctor->idle_s && !doctor->url)
		return tr_cli_usage("--idle needs the URL of the page or of its stream");
	return TR_EXIT_DONE;
}

/* Says on a terminal why nothing is to be seen for a while. */
static void say(const char *url, int64_t seconds)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "listening to %s for %lld s ...\n", url, (long long)seconds);
}

/* Without a name a URL may be examined all the same: the database is on another machine. */
static enum tr_exit examine_database(struct tr_findings *out, struct tr_cli *cli,
    const struct doctor *doctor, char epoch[TR_EPOCH_SIZE])
{
	struct tr_why why = {0};
	const char *path;
	enum tr_exit status = doctor->url ? tr_cli_settings(cli) : tr_cli_path(cli, &path);

	path = tr_conf_text(&cli->conf, TR_KEY_DB);
	if (!status && !path) {
		tr_find(out, TR_NOTE, TR_DATABASE, "unnamed",
		    "No database is named here, so none was examined.");
		tr_find_cure(out, "On the machine that has it, name it with --db FILE.");
		return TR_EXIT_DONE;
	}
	if (!status && tr_database_examine(out, path, doctor->web_user, epoch, &why))
		status = tr_cli_usage("%s", why.text);
	return status;
}

static enum tr_exit examine(
    struct tr_findings *out, struct tr_cli *cli, const struct doctor *doctor)
{
	char epoch[TR_EPOCH_SIZE] = "";
	struct tr_probe probe = {
	    .url = doctor->url, .idle_s = doctor->idle_s, .epoch = epoch, .say = say};
	struct tr_machine machine;
	struct tr_why why = {0};
	enum tr_exit status = examine_database(out, cli, doctor, epoch);

	if (!status && doctor->url)
		status = tr_cli_fail(tr_probe(out, &probe, &why), &why);
	if (status)
		return status;
	tr_machine_measure(&machine);
	tr_machine_judge(out, &machine, tr_conf_number(&cli->conf, TR_KEY_MAX_STREAMS),
	    tr_conf_number(&cli->conf, TR_KEY_POOL) != 0);
	return tr_cli_fail(out->err, &(struct tr_why){"out of memory"});
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_findings findings = {0};
	struct doctor doctor = {0};
	enum tr_exit status = read_options(&doctor, argc, argv);

	if (!status)
		status = examine(&findings, cli, &doctor);
	if (!status) {
		tr_findings_sort(&findings);
		status = tr_verdict(&findings, doctor.json);
	}
	tr_findings_free(&findings);
	return status;
}

const struct tr_command tr_cmd_doctor = {
    .name = "doctor",
    .args = "[URL] [--idle SECONDS] [--web-user NAME] [--json]",
    .summary = "find out why nothing arrives on the page, and what to do about it",
    .help =
	"\n"
	"It looks at the database, at what this machine allows and, given the URL of the\n"
	"page, of its api or of its event stream, at the whole way there: it asks for a\n"
	"few seconds of pings, and sees how they come. For that curl must be installed.\n"
	"What it finds is printed with the worst first, each a problem, a note or fine,\n"
	"and with what to do. Nothing is changed. A login goes into the URL:\n"
	"http://USER:PASSWORD@HOST/...\n"
	"\n"
	"  --idle SECONDS   listen for so long, too, to a stream on which only heartbeats\n"
	"                   pass, and tell when it is cut: 40 finds a time-out that is\n"
	"                   too short, 500 a limit on how long a request may take\n"
	"  --web-user NAME  whose rights to the database to look at; otherwise those of\n"
	"                   the responder that has it open, or of the user that web\n"
	"                   servers have here. Root tries them out; others go by the mode\n"
	"                   bits, and do not see access control lists\n"
	"  --json           one line: {\"ok\":true|false,\"findings\":[{\"level\",\"area\",\n"
	"                   \"name\",\"what\",\"cure\",\"lines\":[...]},...]}\n"
	"\n"
	"Exit status: 0 no problem, whatever the notes; 1 a problem; 2 wrong usage.\n",
    .run = run,
};
