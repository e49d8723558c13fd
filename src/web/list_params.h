/* list_params.h: what a client asks of a list of jobs or lines, read from its query string.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_LIST_PARAMS_H
#define TR_WEB_LIST_PARAMS_H

#include <stdint.h>

#include "base/err.h"
#include "store/filter.h"
#include "store/page.h"

#define TR_LIST_TEXT_BYTES 200	/* of q */
#define TR_LIST_NAME_BYTES 1000 /* of name */

/* Each list has its own parameters. */
enum tr_list {
	TR_LIST_JOBS = 1,     /* state name q before limit */
	TR_LIST_JOB_LOG = 2,  /* level q after before around rank limit */
	TR_LIST_LOG = 4,      /* the same, and job */
	TR_LIST_LOG_TEXT = 8, /* time */
	TR_LIST_JOB = 16,     /* none: it is the one of the URL */
};

struct tr_list_params {
	struct tr_page_ask page;
	unsigned states;	/* 1 << enum tr_state, each of them; 0: any */
	enum tr_level level;	/* at least this */
	struct tr_filter scope; /* what may be seen at all; not of the query string */
	int64_t job_id;		/* or TR_NO_JOB, or TR_LINES_ALL where nothing is said */
	int with_time;
	char name[TR_LIST_NAME_BYTES + 1]; /* "": any */
	char text[TR_LIST_TEXT_BYTES + 1]; /* "": any */
};

/* Reads query, whose text is overwritten (NULL: none). TR_OK, or TR_INVALID with a sentence in
 * *why that names the parameter. */
enum tr_err tr_list_params_parse(
    struct tr_list_params *params, enum tr_list list, char *query, struct tr_why *why);

#endif
