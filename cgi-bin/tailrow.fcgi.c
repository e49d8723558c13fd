/* tailrow.fcgi.c: the responder that a web server runs, as FastCGI or as plain CGI.
 *
 * SPDX-License-Identifier: MIT
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/errlog.h"
#include "base/fence.h"
#include "base/sandbox.h"
#include "base/stop.h"
#include "pool/listen.h"
#include "pool/pool.h"
#include "store/log.h"
#include "stream/keeper.h"
#include "stream/watcher.h"
#include "web/worker.h"

static const char usage[] =
    "tailrow.fcgi is started by a web server, as FastCGI or as CGI (README, lighttpd-conf/,\n"
    "apache-conf/). By hand it needs a socket to listen at:\n"
    "\n"
    "  tailrow.fcgi --listen unix:PATH | HOST:PORT [--db FILE] [--SETTING VALUE ...]\n"
    "  tailrow.fcgi --help | --version\n"
    "\n"
    "Each setting of tailrow.conf(5) is a flag too: --max-streams 100.\n";

/* What the program is made of. */
struct program {
	struct tr_conf conf;  /* of the file, the environment and the flags */
	struct tr_conf flags; /* of the flags alone: over a request's environment, they win */
	struct tr_sections sections;
	struct tr_worker worker;
	struct tr_pool_plan plan;
};

/* Reads the flags; ends the process on --help, --version and bad usage. */
static void read_flags(int argc, char **argv, struct tr_conf *flags, const char **address)
{
	struct tr_why why = {0};
	enum tr_err err = TR_OK;

	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];

		if (strcmp(name, "--help") == 0) {
			fputs(usage, stdout);
			exit(0);
		}
		if (strcmp(name, "--version") == 0) {
			puts("tailrow " TR_VERSION);
			exit(0);
		}
		if (strncmp(name, "--", 2) != 0 || i + 1 == argc)
			errx(2, "%s: not understood; see --help", name);
		i++;
		if (strcmp(name, "--listen") == 0)
			*address = argv[i];
		else
			err = tr_conf_set_named(flags, name + 2, argv[i], &why);
		if (err == TR_NOMEM)
			errx(1, "%s", why.text);
		if (err)
			errx(2, "%s; see --help", why.text);
	}
}

/* As a CGI there is no command line of ours: what a server makes of a query string without
 * '=' (RFC 3875, section 4.4) comes from the client and must not be read as flags. */
static int is_cgi(void)
{
	return tr_gateway_kind() == TR_GATEWAY_CGI;
}

/* Each process of the pool knows its files from the start: what a request of a web server names
 * besides is not for it (web/worker.c). */

static int keep(const struct tr_section *section, struct tr_channel *channel)
{
	struct tr_fence fence = {0};

	tr_fence_let(&fence, section->database, TR_MAY_SHARE);
	tr_fence_shut(&fence);
	return tr_keeper_run(section, channel, &fence);
}

/* A pool without a database still answers, and says what is missing. */
static int watch(const void *arg, struct tr_pool *pool, int channel)
{
	const struct program *program = arg;
	const char *db_path = tr_conf_text(&program->conf, TR_KEY_DB);
	struct tr_fence fence = {0};

	if (channel != TR_NO_CHANNEL)
		return keep(&program->sections.list[channel], &pool->channels[channel]);
	tr_fence_let(&fence, db_path, TR_MAY_WRITE);
	tr_fence_shut(&fence);
	if (db_path)
		return tr_watcher_run(db_path, pool, &fence);
	while (!tr_stop_asked())
		tr_stop_poll(NULL, 0, -1);
	return 0;
}

/* Confines this process to the files that requests are answered from. */
static void fence_worker(const struct program *program, enum tr_may may_db)
{
	const struct tr_sections *sections = &program->sections;
	const struct tr_conf *conf = &program->conf;
	struct tr_fence fence = {0};

	tr_fence_let(&fence, tr_conf_text(conf, TR_KEY_DB), may_db);
	tr_fence_let(&fence, tr_conf_text(conf, TR_KEY_PUBLISH_TOKEN_FILE), TR_MAY_READ);
	tr_fence_let(&fence, tr_conf_text(conf, TR_KEY_TICKET_KEY_FILE), TR_MAY_READ);
	for (int i = 0; i < sections->count; i++)
		tr_fence_let(&fence, sections->list[i].database, TR_MAY_SHARE);
	tr_fence_shut(&fence);
}

static int work(const void *arg, struct tr_pool *pool, struct tr_seat *seat)
{
	const struct program *program = arg;
	int publishes = tr_conf_text(&program->conf, TR_KEY_PUBLISH_TOKEN_FILE) != NULL;

	fence_worker(program, publishes ? TR_MAY_WRITE : TR_MAY_SHARE);
	return tr_worker_run(&program->worker, pool, seat);
}

/* Serves alone. A CGI's settings are all in its environment; to a process of mod_fcgid each
 * request brings its own, so that its files are not known. */
static int work_alone(const struct program *program)
{
	if (program->worker.kind == TR_GATEWAY_CGI)
		fence_worker(program, TR_MAY_WRITE);
	return tr_worker_run(&program->worker, NULL, NULL);
}

static void set_limits(struct tr_pool_plan *plan, const struct program *program)
{
	const struct tr_conf *conf = &program->conf;
	int64_t most = tr_conf_number(conf, TR_KEY_MAX_STREAMS);
	int64_t per_client = tr_conf_number(conf, TR_KEY_MAX_STREAMS_PER_CLIENT);

	plan->max_streams = (int)most;
	plan->max_streams_per_client = (int)(per_client ? per_client : (most + 1) / 2);
	plan->channels = program->sections.count;
}

/* The file and the environment, and the flags over them. Both are {0}. */
static enum tr_err load(struct tr_conf *conf, struct tr_sections *sections,
    const struct tr_conf *flags, struct tr_why *why)
{
	enum tr_err err = tr_conf_load(conf, why);

	if (!err)
		err = tr_conf_merge(conf, flags, why);
	return err ? err : tr_sections_load(sections, tr_conf_path(), why);
}

static int reload(void *arg)
{
	struct program *program = arg;
	struct tr_conf conf = {0};
	struct tr_sections sections = {0};
	struct tr_why why = {0};

	if (load(&conf, &sections, &program->flags, &why)) {
		tr_errlog("%s; the settings stay as they were", why.text);
		tr_conf_free(&conf);
		tr_sections_free(&sections);
		return 1;
	}
	tr_conf_free(&program->conf);
	tr_sections_free(&program->sections);
	program->conf = conf;
	program->sections = sections;
	set_limits(&program->plan, program);
	return 0;
}

/* Serves as the descriptors and the environment say. Returns the exit status. */
static int serve(struct program *program, const char *address)
{
	struct tr_worker *worker = &program->worker;
	struct tr_why why = {0};
	enum tr_err err = load(&program->conf, &program->sections, &program->flags, &why);

	if (!err && address)
		err = tr_listen(address, &why);
	else if (!err)
		err = tr_listen_inherited(&why) == TR_SYS ? TR_SYS : TR_OK;
	if (err) {
		tr_errlog("%s", why.text);
		return 1;
	}
	tr_log_save_memory();
	worker->kind = tr_gateway_kind();
	if (worker->kind == TR_GATEWAY_NONE) {
		fputs(usage, stderr);
		return 2;
	}
	tr_sandbox_enter();
	set_limits(&program->plan, program);
	if (worker->kind == TR_GATEWAY_FASTCGI && tr_conf_number(&program->conf, TR_KEY_POOL))
		return tr_pool_run(&program->plan);
	return work_alone(program);
}

int main(int argc, char **argv)
{
	struct program program = {.plan = {.watch = watch, .work = work, .reload = reload}};
	const char *address = NULL;
	int status;

	program.plan.arg = &program;
	program.worker.conf = &program.conf;
	program.worker.flags = &program.flags;
	program.worker.sections = &program.sections;
	if (!is_cgi())
		read_flags(argc, argv, &program.flags, &address);
	status = serve(&program, address);
	tr_conf_free(&program.conf);
	tr_conf_free(&program.flags);
	tr_sections_free(&program.sections);
	return status;
}
