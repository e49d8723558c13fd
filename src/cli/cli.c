/* cli.c: what the commands share.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/errlog.h"
#include "base/query.h"
#include "store/publish.h"

/* As the examples for other languages have it: on a busy disk 5 s were not always enough among
 * 50 publishers. */
#define BUSY_MS 30000

enum tr_exit tr_cli_fail(enum tr_err err, const struct tr_why *why)
{
	if (!err)
		return TR_EXIT_DONE;
	tr_errlog("%s", why->text);
	return err == TR_INVALID ? TR_EXIT_USAGE : TR_EXIT_FAILED;
}

enum tr_exit tr_cli_usage(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tr_errlog("%s", text);
	return TR_EXIT_USAGE;
}

enum tr_exit tr_cli_settings(struct tr_cli *cli)
{
	struct tr_why why = {0};
	enum tr_err err = tr_conf_load(&cli->conf, &why);

	if (err) { /* TR_INVALID too: a bad file is no wrong usage */
		tr_errlog("%s", why.text);
		return TR_EXIT_FAILED;
	}
	if (cli->db)
		err = tr_conf_set(&cli->conf, TR_KEY_DB, cli->db, &why);
	return tr_cli_fail(err, &why);
}

enum tr_exit tr_cli_path(struct tr_cli *cli, const char **path)
{
	enum tr_exit status = tr_cli_settings(cli);

	*path = tr_conf_text(&cli->conf, TR_KEY_DB);
	if (!status && !*path)
		return tr_cli_usage(
		    "no database is named: use --db FILE, or set TAILROW_DB, or "
		    "write db = FILE into " TR_CONF_FILE);
	return status;
}

/* The path of a file that is not there, from the root: its directory may be there. */
static int absolute_missing(const char *path, char *out)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *dir = strndup(path, (size_t)(name - path)), *real = NULL;
	int len = -1;

	if (dir)
		real = realpath(*dir ? dir : ".", NULL);
	if (real)
		len = snprintf(out, PATH_MAX, "%s/%s", strcmp(real, "/") ? real : "", name);
	else if (*path == '/')
		len = snprintf(out, PATH_MAX, "%s", path);
	free(real);
	free(dir);
	return len >= 0 && len < PATH_MAX;
}

enum tr_exit tr_cli_absolute(const char *path, char out[PATH_MAX])
{
	if (realpath(path, out) || absolute_missing(path, out))
		return TR_EXIT_DONE;
	return tr_cli_usage("the database's directory does not exist: '%.80s'", path);
}

enum tr_exit tr_cli_open(struct tr_cli *cli, sqlite3 **db)
{
	struct tr_why why = {0};
	const char *path;
	enum tr_exit status = tr_cli_path(cli, &path);

	if (!status)
		status = tr_cli_fail(tr_publish_open(db, path, &why), &why);
	if (!status)
		sqlite3_busy_timeout(*db, BUSY_MS);
	return status;
}

enum tr_exit tr_cli_job_id(const char *text, int64_t *id)
{
	if (tr_query_number(text, 1, INT64_MAX, id))
		return tr_cli_usage("a job's id is a number, not '%.80s'", text);
	return TR_EXIT_DONE;
}

enum tr_exit tr_cli_job_around(int64_t *id)
{
	const char *text = getenv("TAILROW_JOB");

	*id = 0;
	if (!text || !*text || !tr_query_number(text, 1, INT64_MAX, id))
		return TR_EXIT_DONE;
	return tr_cli_usage("TAILROW_JOB is no job's id: '%.80s'", text);
}

enum tr_exit tr_cli_job_needed(int64_t *id)
{
	enum tr_exit status = tr_cli_job_around(id);

	if (!status && !*id)
		return tr_cli_usage("no job is named: give its ID, or set TAILROW_JOB");
	return status;
}

enum tr_err tr_cli_write(struct tr_buf *text)
{
	enum tr_err err = TR_OK;

	errno = ENOMEM;
	if (tr_buf_err(text) || fwrite(text->data, 1, text->len, stdout) != text->len ||
	    fflush(stdout))
		err = errno == EPIPE ? TR_GONE : TR_SYS;
	if (err == TR_SYS)
		tr_errlog("the output could not be written: %s", strerror(errno));
	tr_buf_clear(text);
	return err;
}

enum tr_exit tr_cli_out(struct tr_buf *text)
{
	enum tr_err err = tr_cli_write(text);

	tr_buf_free(text);
	return err == TR_SYS ? TR_EXIT_FAILED : TR_EXIT_DONE;
}

int tr_cli_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no || !*no);
}
