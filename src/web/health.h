/* health.h: GET /health and GET /metrics: how the service is, for people and for monitors.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_HEALTH_H
#define TR_WEB_HEALTH_H

#include "web/service.h"

/* 200 where streams can be served, else 503 with the reason. As tr_service_answer(). */
enum tr_err tr_health(const struct tr_service *service, struct tr_request *request);

/* The counters of the pool as OpenMetrics text; 404 where the process serves alone and so
 * has none worth counting. As tr_service_answer(). */
enum tr_err tr_metrics(const struct tr_service *service, struct tr_request *request);

#endif
