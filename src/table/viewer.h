/* viewer.h: who looks at a stream, as far as that decides what may be seen.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_VIEWER_H
#define TR_TABLE_VIEWER_H

#include <stddef.h>

#include "table/section.h"

#define TR_VIEWER_BOUND_MAX 32

/* A parameter and its value. */
struct tr_bound {
	const char *name; /* without the colon */
	const char *value;
};

/* What a viewer's parameters are: remote_user and ticket_NAME from what the web server or a
 * signature vouches for, the section's allow from the query string. */
struct tr_viewer {
	struct tr_bound bound[TR_VIEWER_BOUND_MAX];
	int count;
};

/* The value of a parameter; NULL: there is none, and NULL is bound. */
const char *tr_viewer_value(const struct tr_viewer *viewer, const char *name);

/* Whether a row of that topic is for the viewer. Where the section compares topics, a viewer
 * without a value, and a row without a topic, match nothing. */
int tr_viewer_sees(const struct tr_viewer *viewer, const struct tr_section *section,
    const char *topic, size_t topic_len);

#endif
