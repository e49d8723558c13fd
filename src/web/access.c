/* access.c: what of the job log a request may be shown.
 *
 * - REMOTE_USER is the web server's word: a header that a client sends arrives under another
 *   name (HTTP_REMOTE_USER; RFC 3875, 4.1.18).
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/access.h"

#include <string.h>

enum tr_err tr_access_read(struct tr_filter *scope, const struct tr_service *service,
    const struct tr_request *request, struct tr_why *why)
{
	const char *user = tr_request_get(request, "REMOTE_USER");

	*scope = (struct tr_filter){0};
	if (strcmp(tr_conf_text(service->conf, TR_KEY_VISIBLE), "owner") != 0)
		return TR_OK;
	if (!*user)
		return tr_fail(why, TR_DENIED,
		    "Jobs are shown to their owners alone here, and the web server has not "
		    "said who asks: sign in.");
	if (strlen(user) >= TR_OWNER_SIZE)
		return tr_fail(why, TR_DENIED,
		    "The user's name is longer than the %d bytes that an owner's can have.",
		    TR_OWNER_SIZE - 1);
	scope->owner = user;
	return TR_OK;
}
