/* access.c: what a request may be shown.
 *
 * - REMOTE_USER is the web server's word: a header that a client sends arrives under another
 *   name (HTTP_REMOTE_USER; RFC 3875, 4.1.18).
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/access.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/query.h"
#include "web/respond.h"

static_assert(TR_TICKET_JOBS <= TR_FILTER_JOBS, "a ticket's jobs are a filter's");

static enum tr_err read_ticket(struct tr_ticket *ticket, const struct tr_service *service,
    const struct tr_param *param, struct tr_why *why)
{
	const char *key_path = tr_conf_text(service->conf, TR_KEY_TICKET_KEY_FILE);
	enum tr_err err;

	if (!key_path)
		return tr_fail(
		    why, TR_DENIED, "No ticket holds here: set ticket_key_file to have some.");
	if (ticket->until_s)
		return tr_fail(why, TR_DENIED, "There is more than one ticket.");
	if (strlen(param->value) != param->value_len)
		return tr_fail(why, TR_DENIED, "The ticket has a NUL byte.");
	err = tr_ticket_read(ticket, param->value, key_path, tr_wall_ms() / 1000, why);
	return err == TR_INVALID ? TR_SYS : err; /* the file is at fault, not the request */
}

enum tr_err tr_access_ticket(struct tr_ticket *ticket, const struct tr_service *service,
    const struct tr_request *request, struct tr_why *why)
{
	char *query = strdup(tr_request_get(request, "QUERY_STRING")), *rest = query;
	struct tr_param param;
	enum tr_err err = TR_OK;

	*ticket = (struct tr_ticket){.until_s = 0};
	if (!query)
		return tr_fail(why, TR_NOMEM, "Out of memory.");
	while (!err && tr_query_next(&rest, &param))
		if (strcmp(param.name, "ticket") == 0)
			err = read_ticket(ticket, service, &param, why);
	free(query);
	return err;
}

/* The scope of whom the web server has signed in. */
static enum tr_err owner_scope(
    struct tr_filter *scope, const struct tr_request *request, struct tr_why *why)
{
	const char *user = tr_request_get(request, "REMOTE_USER");

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

enum tr_err tr_access_scope(struct tr_filter *scope, const struct tr_ticket *ticket,
    const struct tr_service *service, const struct tr_request *request, struct tr_why *why)
{
	*scope = (struct tr_filter){.job_count = ticket->job_count};
	memcpy(scope->jobs, ticket->jobs, sizeof(ticket->jobs));
	if (ticket->job_count ||
	    strcmp(tr_conf_text(service->conf, TR_KEY_VISIBLE), "owner") != 0)
		return TR_OK;
	return owner_scope(scope, request, why);
}

int tr_access_narrow(struct tr_filter *asked, const struct tr_filter *scope)
{
	int64_t jobs[TR_FILTER_JOBS];
	int count = 0;

	asked->owner = scope->owner;
	if (!scope->job_count)
		return 1;
	for (int i = 0; i < scope->job_count; i++)
		if (tr_filter_job(asked, scope->jobs[i]))
			jobs[count++] = scope->jobs[i];
	memcpy(asked->jobs, jobs, (size_t)count * sizeof(*jobs));
	asked->job_count = count;
	return count > 0;
}

enum tr_err tr_access_refuse(
    struct tr_request *request, enum tr_err err, const struct tr_why *why)
{
	if (err == TR_DENIED)
		return tr_respond_problem(request, 403, "Forbidden", why->text, NULL);
	tr_errlog("%s", why->text);
	tr_respond_unavailable(request, why->text);
	return err;
}
