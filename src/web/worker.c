/* worker.c: takes one request after the other and answers it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/stop.h"
#include "web/respond.h"
#include "web/service.h"

/* What names a file. In the pool these are as at its start, whatever a request's parameters
 * say: the database is the one that its watcher reads, and no other can be opened
 * (base/fence.h). */
static const enum tr_key files[] = {
    TR_KEY_DB, TR_KEY_PUBLISH_TOKEN_FILE, TR_KEY_TICKET_KEY_FILE};

/* The settings that hold for this request, into *conf, which is {0}. */
static enum tr_err settings(const struct tr_worker *worker, const struct tr_request *request,
    int in_pool, struct tr_conf *conf, struct tr_why *why)
{
	enum tr_err err = tr_conf_merge(conf, worker->conf, why);

	if (!err)
		err = tr_conf_env(conf, request->env, why);
	if (!err)
		err = tr_conf_merge(conf, worker->flags, why);
	for (size_t i = 0; in_pool && !err && i < sizeof(files) / sizeof(files[0]); i++)
		err = tr_conf_copy(conf, files[i], worker->conf, why);
	return err;
}

static void answer(const struct tr_worker *worker, const struct tr_service *service,
    struct tr_conf *conf, struct tr_request *request)
{
	struct tr_why why = {0};
	enum tr_err err = settings(worker, request, service->pool != NULL, conf, &why);

	tr_client_limit(
	    &request->client, (int)tr_conf_number(conf, TR_KEY_WRITE_TIMEOUT_SECONDS));
	if (err) {
		tr_errlog("%s", why.text);
		tr_respond_unavailable(request, why.text);
	} else {
		tr_service_answer(service, request);
	}
}

/* Answers one request. Returns whether to wait for another. */
static int serve(const struct tr_worker *worker, struct tr_gateway *gateway,
    struct tr_request *request, struct tr_pool *pool, struct tr_seat *seat)
{
	struct tr_metrics own = {0};
	struct tr_conf conf = {0};
	struct tr_service service = {.conf = &conf,
	    .sections = worker->sections,
	    .pool = pool,
	    .seat = seat,
	    .metrics = pool ? tr_scoreboard_metrics(pool->board) : &own};

	if (pool)
		tr_seat_begin(seat);
	answer(worker, &service, &conf, request);
	tr_conf_free(&conf);
	tr_gateway_finish(gateway);
	return !pool || tr_seat_end(seat);
}

int tr_worker_run(const struct tr_worker *worker, struct tr_pool *pool, struct tr_seat *seat)
{
	struct tr_gateway *gateway;
	struct tr_request request;
	struct tr_why why = {0};
	enum tr_err err;

	tr_stop_install();
	tr_stop_precise_timers();
	srandom((unsigned)getpid() ^ (unsigned)tr_mono_ns()); /* jitter of retry: */
	err = tr_gateway_open(&gateway, worker->kind, &why);
	while (!err && !(err = tr_gateway_accept(gateway, &request, &why)))
		if (!serve(worker, gateway, &request, pool, seat))
			break;
	tr_gateway_close(gateway);
	if (err && err != TR_GONE)
		tr_errlog("%s", why.text);
	return err && err != TR_GONE;
}
