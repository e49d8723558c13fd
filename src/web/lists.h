/* lists.h: GET /jobs, /jobs/ID, /jobs/ID/log and /log: jobs and lines as JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_LISTS_H
#define TR_WEB_LISTS_H

#include "store/job_page.h"
#include "web/list_params.h"
#include "web/service.h"

/* Each as tr_service_answer(). */

/* A page of the jobs, the newest first. */
enum tr_err tr_jobs(const struct tr_service *service, struct tr_request *request);

/* One job, and how many lines it has. */
enum tr_err tr_job(const struct tr_service *service, struct tr_request *request);

/* A page of a job's lines. */
enum tr_err tr_job_log(const struct tr_service *service, struct tr_request *request);

/* A page of all lines, of one job's, or of those of none. */
enum tr_err tr_log(const struct tr_service *service, struct tr_request *request);

/* Reads what the request asks of that list, and what it may see. Returns 1; or 0: it was
 * malformed or may see nothing, and is answered. */
int tr_lists_ask(const struct tr_service *service, struct tr_request *request,
    enum tr_list list, struct tr_list_params *params);

/* Which jobs they ask for; it points into params. */
struct tr_jobs_ask tr_lists_jobs_ask(const struct tr_list_params *params);

#endif
