/* job_text.h: GET /jobs/ID/log.txt: a job's log as a file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_JOB_TEXT_H
#define TR_WEB_JOB_TEXT_H

#include "web/service.h"

/* Sends every line that there is when the request comes, from the first to the last, whatever
 * its bytes are; with time=1 each begins with its time. As tr_service_answer(). */
enum tr_err tr_job_text(const struct tr_service *service, struct tr_request *request);

#endif
