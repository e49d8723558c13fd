/* worker.h: takes one request after the other and answers it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_WORKER_H
#define TR_WEB_WORKER_H

#include "base/conf.h"
#include "pool/pool.h"
#include "table/section.h"
#include "web/gateway.h"

struct tr_worker {
	enum tr_gateway_kind kind;
	const struct tr_conf *conf;  /* of the file and the environment */
	const struct tr_conf *flags; /* of the command line, which win over a request's */
	const struct tr_sections *sections; /* streams of other programs' tables */
};

/* Serves until a signal asks to stop, the CGI request is answered, or the pool has too many
 * that wait. pool and this worker's seat in it are NULL where it serves alone; only then does
 * it take the names of files from the parameters of a request. Returns the exit status. */
int tr_worker_run(const struct tr_worker *worker, struct tr_pool *pool, struct tr_seat *seat);

#endif
