/* jobs_text.h: GET /jobs.txt: the jobs as a page without scripts shows them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_JOBS_TEXT_H
#define TR_WEB_JOBS_TEXT_H

#include "web/service.h"

/* One line a job, the newest first, with the parameters of GET /jobs. As tr_service_answer().
 */
enum tr_err tr_jobs_text(const struct tr_service *service, struct tr_request *request);

#endif
