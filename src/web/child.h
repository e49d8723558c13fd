/* child.h: a request that is answered in a child, which may open the database (stream/visit.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_CHILD_H
#define TR_WEB_CHILD_H

#include "web/service.h"

typedef enum tr_err tr_answerer(
    const struct tr_service *service, struct tr_request *request, const void *arg);

/* Calls answer(): in the pool in a child, for which the worker waits; where the process serves
 * alone, in it. As tr_service_answer(). */
enum tr_err tr_child_answer(const struct tr_service *service, struct tr_request *request,
    tr_answerer *answer, const void *arg);

/* Takes the place of a stream, for a request that a slow client may make as long as one.
 * Returns 1; or 0: none is free, and the request is answered. */
int tr_child_place(const struct tr_service *service, struct tr_request *request);

#endif
