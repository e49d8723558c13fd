/* events.h: GET /events, the event stream.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_EVENTS_H
#define TR_WEB_EVENTS_H

#include "web/service.h"

/* As tr_service_answer(). */
enum tr_err tr_events(const struct tr_service *service, struct tr_request *request);

#endif
