/* cmd_check_config.c: tailrow check-config: reads the settings, and tries each [stream].
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>

#include "cli/commands.h"
#include "cli/verdict.h"
#include "doctor/section.h"

static enum tr_exit read_options(int argc, char **argv, int *json)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		*json = 1;
		if (option == '?')
			return TR_EXIT_USAGE;
	}
	if (argc > optind)
		return tr_cli_usage(
		    "check-config takes no argument: TAILROW_CONFIG names the file");
	return TR_EXIT_DONE;
}

/* The settings themselves; the sections follow. */
static void examine_settings(struct tr_findings *out, const struct tr_conf *conf, int sections)
{
	const char *db_path = tr_conf_text(conf, TR_KEY_DB);

	tr_find(out, TR_FINE, TR_STREAM, "settings", "%s: %d [stream] section%s, db = %s.",
	    tr_conf_path(), sections, sections == 1 ? "" : "s", db_path ? db_path : "(none)");
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_sections sections = {0};
	struct tr_findings findings = {0};
	struct tr_why why = {0};
	int json = 0;
	enum tr_exit status = read_options(argc, argv, &json);

	if (!status)
		status = tr_cli_settings(cli);
	if (!status && tr_sections_load(&sections, tr_conf_path(), &why))
		status = tr_cli_fail(TR_SYS, &why);
	if (!status) {
		examine_settings(&findings, &cli->conf, sections.count);
		for (int i = 0; i < sections.count; i++)
			tr_section_examine(&findings, &sections.list[i]);
		status = tr_verdict(&findings, json);
	}
	tr_findings_free(&findings);
	tr_sections_free(&sections);
	return status;
}

const struct tr_command tr_cmd_check_config = {
    .name = "check-config",
    .args = "[--json]",
    .summary = "try what the settings say of other programs' tables",
    .help =
	"Reads the file that TAILROW_CONFIG names, or " TR_CONF_FILE ", opens the database of\n"
	"each [stream NAME] section as the user who runs this, and says what a read gives,\n"
	"what it costs, and which index would make it cheaper. Changes nothing.\n"
	"\n"
	"  --json  the findings for a program\n"
	"\n"
	"Status 1: a stream cannot be served as it stands.\n",
    .run = run,
};
