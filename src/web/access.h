/* access.h: what of the job log a request may be shown.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_ACCESS_H
#define TR_WEB_ACCESS_H

#include "store/filter.h"
#include "web/service.h"

/* Sets *scope to what the request may see of the jobs and their lines; it points into the
 * request. TR_OK; or TR_DENIED, with the sentence in *why: nothing. */
enum tr_err tr_access_read(struct tr_filter *scope, const struct tr_service *service,
    const struct tr_request *request, struct tr_why *why);

#endif
