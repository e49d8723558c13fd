/* viewing.h: who asks for a stream, as the web server and the query string tell.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_VIEWING_H
#define TR_WEB_VIEWING_H

#include "base/ticket.h"
#include "stream/params.h"
#include "table/section.h"
#include "table/viewer.h"
#include "web/request.h"

/* Fills *viewer for the streams that params name. query is overwritten; the viewer points
 * into it, into the request, the ticket and the sections. TR_OK; TR_ABSENT: no such stream;
 * TR_DENIED: one of them is for users that the web server has signed in, or for a ticket's
 * holder; TR_INVALID. The sentence is in *why. */
enum tr_err tr_viewer_read(struct tr_viewer *viewer, const struct tr_request *request,
    const struct tr_ticket *ticket, const struct tr_sections *sections,
    const struct tr_params *params, char *query, struct tr_why *why);

#endif
