/* service.h: what a worker serves with, and the routes of its URLs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_SERVICE_H
#define TR_WEB_SERVICE_H

#include "base/conf.h"
#include "base/err.h"
#include "stream/feed.h"
#include "web/request.h"

struct tr_service {
	const struct tr_conf *conf;
	const struct tr_sections *sections; /* streams of other programs' tables */
	struct tr_pool *pool;		    /* NULL: this process serves alone */
	struct tr_seat *seat;		    /* this worker's in the pool */
	struct tr_metrics *metrics;	    /* never NULL; the pool's, or this process's own */
};

/* Answers one request, whatever it asks. TR_OK, or TR_GONE where the client left first; any
 * other value is a failure that was answered and logged. */
enum tr_err tr_service_answer(const struct tr_service *service, struct tr_request *request);

#endif
