/* cli.h: what the commands share: their table's row, the database, arguments, output.
 *
 * - Whatever fails is one sentence on standard error; the functions that print it return the
 *   status to exit with, so that a command reads `return tr_cli_fail(err, &why);`.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_CLI_H
#define TR_CLI_CLI_H

#include <limits.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"

enum tr_exit {
	TR_EXIT_DONE = 0,
	TR_EXIT_FAILED = 1,
	TR_EXIT_USAGE = 2,
};

struct tr_cli {
	const char *db;	     /* --db; NULL: not given */
	struct tr_conf conf; /* filled by tr_cli_settings() */
};

/* One command. run() gets argv as main() does, and reads its options with getopt_long(), which
 * prints the sentence about a wrong one itself. It returns what to exit with: an enum tr_exit,
 * or the status of a job. */
struct tr_command {
	const char *name;
	const char *args;
	const char *summary;
	const char *help; /* lines, each with its newline */
	int (*run)(struct tr_cli *cli, int argc, char **argv);
};

/* Reads the settings, --db among them. TR_EXIT_DONE; otherwise the sentence is printed. */
enum tr_exit tr_cli_settings(struct tr_cli *cli);

/* The same, and says where the database is. TR_EXIT_DONE, and *path belongs to
 * cli; otherwise the sentence is printed. */
enum tr_exit tr_cli_path(struct tr_cli *cli, const char **path);

/* Writes the path from the root of a database that may not be there. TR_EXIT_DONE; TR_EXIT_USAGE
 * with the sentence printed: its directory is not there either. */
enum tr_exit tr_cli_absolute(const char *path, char out[PATH_MAX]);

/* As tr_cli_path(), and opens it for writing (tr_publish_open()), with a patience of its own: a
 * script has nothing better to do than to wait for the lock. TR_EXIT_DONE: *db is the
 * caller's to close. */
enum tr_exit tr_cli_open(struct tr_cli *cli, sqlite3 **db);

/* A job's id from an argument. TR_EXIT_DONE, or TR_EXIT_USAGE with the sentence printed. */
enum tr_exit tr_cli_job_id(const char *text, int64_t *id);

/* The job that TAILROW_JOB names: `tailrow run` sets it for its command, and scripts export
 * it. TR_EXIT_DONE, *id 0 where there is none; TR_EXIT_USAGE with the sentence printed. */
enum tr_exit tr_cli_job_around(int64_t *id);

/* The same where a job is needed: TR_EXIT_USAGE too where there is none. */
enum tr_exit tr_cli_job_needed(int64_t *id);

/* Prints the sentence. TR_EXIT_USAGE for TR_INVALID, else TR_EXIT_FAILED; TR_OK is
 * TR_EXIT_DONE and prints nothing. */
enum tr_exit tr_cli_fail(enum tr_err err, const struct tr_why *why);

/* Prints the sentence. TR_EXIT_USAGE. */
enum tr_exit tr_cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes text to standard output and empties it. TR_OK; TR_GONE: the reader of a pipe has gone;
 * TR_SYS, and the sentence is printed. */
enum tr_err tr_cli_write(struct tr_buf *text);

/* Writes text to standard output and frees it. TR_EXIT_DONE, also where the reader of a pipe
 * has gone: it had enough. */
enum tr_exit tr_cli_out(struct tr_buf *text);

/* Whether standard output takes colour: a terminal, and NO_COLOR is not set. */
int tr_cli_colour(void);

#endif
