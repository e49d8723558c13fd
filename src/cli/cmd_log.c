/* cmd_log.c: tailrow log: appends lines to the log, from its argument or standard input.
 *
 * - Bytes are kept as they are, NUL and invalid UTF-8 among them.
 * - What one read() hands over is one transaction, as far as its lines are complete: a
 *   slow writer's line is there at once, and a fast one's cost a commit for thousands.
 * - A line longer than TR_SPLIT_BYTES becomes several.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "store/publish.h"
#include "store/split.h"

#define READ_BYTES 65536

/* Logs standard input to its end, from a buffer of TR_SPLIT_BYTES + READ_BYTES and room for the
 * lines in one reading. */
static enum tr_err log_input(sqlite3 *db, const struct tr_origin *origin, char *bytes,
    struct tr_text *lines, struct tr_why *why)
{
	enum tr_err err = tr_publish_log(db, origin, NULL, 0, why);
	size_t len = 0, used, count;
	ssize_t got = 1;

	while (!err && got) {
		got = read(STDIN_FILENO, bytes + len, READ_BYTES);
		if (got < 0)
			return tr_fail(
			    why, TR_SYS, "standard input cannot be read: %s", strerror(errno));
		len += (size_t)got;
		used = tr_split(bytes, len, !got, lines, READ_BYTES + 1, &count);
		if (count)
			err = tr_publish_log(db, origin, lines, count, why);
		len -= used;
		memmove(bytes, bytes + used, len);
	}
	return err;
}

static enum tr_err log_lines(sqlite3 *db, const struct tr_origin *origin, struct tr_why *why)
{
	char *bytes = malloc(TR_SPLIT_BYTES + READ_BYTES);
	struct tr_text *lines = malloc((READ_BYTES + 1) * sizeof(*lines));
	enum tr_err err = bytes && lines ? log_input(db, origin, bytes, lines, why)
					 : tr_fail(why, TR_NOMEM, "out of memory");

	free(lines);
	free(bytes);
	return err;
}

/* Reads the options into *origin. */
static enum tr_exit read_options(int argc, char **argv, struct tr_origin *origin)
{
	static const struct option options[] = {
	    {"job", required_argument, NULL, 'j'},
	    {"level", required_argument, NULL, 'l'},
	    {"event", required_argument, NULL, 'e'},
	    {0},
	};
	enum tr_exit status;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return TR_EXIT_USAGE;
		if (option == 'l') {
			origin->level = optarg;
		} else if (option == 'e') {
			origin->event = optarg;
		} else {
			status = tr_cli_job_id(optarg, &origin->job_id);
			if (status)
				return status;
			origin->has_job = 1;
		}
	}
	if (argc - optind > 1)
		return tr_cli_usage("log takes one MESSAGE: put it in quotes");
	if (origin->has_job)
		return TR_EXIT_DONE;
	status = tr_cli_job_around(&origin->job_id);
	origin->has_job = origin->job_id != 0;
	return status;
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct tr_origin origin = {0};
	enum tr_exit status = read_options(argc, argv, &origin);
	struct tr_why why = {0};
	struct tr_text message;
	enum tr_err err;
	sqlite3 *db;

	if (!status)
		status = tr_cli_open(cli, &db);
	if (status)
		return status;
	if (optind < argc) {
		message = (struct tr_text){argv[optind], strlen(argv[optind])};
		err = tr_publish_log(db, &origin, &message, 1, &why);
	} else {
		err = log_lines(db, &origin, &why);
	}
	sqlite3_close(db);
	return tr_cli_fail(err, &why);
}

const struct tr_command tr_cmd_log = {
    .name = "log",
    .args = "[--job ID] [--level L] [--event E] [MESSAGE]",
    .summary = "append MESSAGE, or else each line of standard input, to the log",
    .help =
	"Lines are committed as they come. A MESSAGE that begins with '-' goes after '--'.\n"
	"\n"
	"  --job ID   the job it belongs to; otherwise TAILROW_JOB, or it is a line of no job\n"
	"  --level L  debug, info, warn or error; otherwise info\n"
	"  --event E  the name under which a page receives it, 1 to 64 of\n"
	"             A-Z a-z 0-9 . _ : -; otherwise log\n"
	"\n"
	"  make 2>&1 | tailrow log --job $id\n"
	"  tailrow log --event order '{\"status\":\"out for delivery\"}'\n",
    .run = run,
};
