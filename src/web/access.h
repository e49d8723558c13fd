/* access.h: what a request may be shown.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_ACCESS_H
#define TR_WEB_ACCESS_H

#include "base/ticket.h"
#include "store/filter.h"
#include "web/service.h"

/* Reads the request's ticket; without one *ticket is {0}. TR_OK; TR_DENIED: it is none that
 * holds; TR_SYS: the key file cannot be used; TR_NOMEM. The sentence is in *why. */
enum tr_err tr_access_ticket(struct tr_ticket *ticket, const struct tr_service *service,
    const struct tr_request *request, struct tr_why *why);

/* Sets *scope to what the request may see of the jobs and their lines: those of its ticket,
 * where that names any, or else what `visible` says. It points into the request. TR_OK; or
 * TR_DENIED, with the sentence in *why: nothing. */
enum tr_err tr_access_scope(struct tr_filter *scope, const struct tr_ticket *ticket,
    const struct tr_service *service, const struct tr_request *request, struct tr_why *why);

/* Leaves of what is asked for what may be seen. Returns whether anything is left. */
int tr_access_narrow(struct tr_filter *asked, const struct tr_filter *scope);

/* Answers a request that may not: 403, or, for another error than TR_DENIED, 503 and a line in
 * the log. As tr_service_answer(). */
enum tr_err tr_access_refuse(
    struct tr_request *request, enum tr_err err, const struct tr_why *why);

#endif
