/* post_log.h: POST and PUT to /jobs/ID/log and /log: lines.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_POST_LOG_H
#define TR_WEB_POST_LOG_H

#include "web/service.h"

/* Appends lines to a job's log, or, where the URL has no number, of no job: 200 with their
 * number. JSON is all or nothing; text is committed as it comes. As tr_service_answer(). */
enum tr_err tr_post_log(const struct tr_service *service, struct tr_request *request);

#endif
