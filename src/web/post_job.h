/* post_job.h: POST /jobs and POST /jobs/ID: a job is made, or changed.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_POST_JOB_H
#define TR_WEB_POST_JOB_H

#include "web/service.h"

/* Changes the members of a job that are named: 200; or, where the URL has no number, makes one,
 * running unless it says otherwise: 201. As tr_service_answer(). */
enum tr_err tr_post_job(const struct tr_service *service, struct tr_request *request);

#endif
