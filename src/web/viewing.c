/* viewing.c: who asks for a stream, as the web server and the query string tell.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/viewing.h"

#include <string.h>

#include "base/query.h"

/* Binds it; the first value of a name holds. */
static enum tr_err bind(
    struct tr_viewer *viewer, const char *name, const char *value, struct tr_why *why)
{
	if (tr_viewer_value(viewer, name))
		return TR_OK;
	if (viewer->count == TR_VIEWER_BOUND_MAX)
		return tr_fail(why, TR_INVALID, "more than %d parameters", TR_VIEWER_BOUND_MAX);
	viewer->bound[viewer->count++] = (struct tr_bound){name, value};
	return TR_OK;
}

/* Binds what clients may set of the section's. */
static enum tr_err bind_allowed(struct tr_viewer *viewer, const struct tr_section *section,
    const struct tr_param *param, struct tr_why *why)
{
	for (int i = 0; i < section->allow_count; i++) {
		if (strcmp(section->allow[i], param->name) != 0)
			continue;
		if (strlen(param->value) != param->value_len)
			return tr_fail(
			    why, TR_INVALID, "%s: a NUL byte in the value", param->name);
		return bind(viewer, section->allow[i], param->value, why);
	}
	return TR_OK;
}

/* The section of that name; NULL is the job log, or nothing, and then *err says so. */
static const struct tr_section *find(
    const struct tr_sections *sections, const char *name, enum tr_err *err, struct tr_why *why)
{
	const struct tr_section *section = tr_sections_find(sections, name);

	if (!section && strcmp(name, "jobs") != 0)
		*err = tr_fail(why, TR_ABSENT, "There is no stream '%s'.", name);
	return section;
}

/* Binds what the web server and a key of ours vouch for. */
static enum tr_err bind_vouched(struct tr_viewer *viewer, const char *user,
    const struct tr_ticket *ticket, struct tr_why *why)
{
	enum tr_err err = *user ? bind(viewer, "remote_user", user, why) : TR_OK;

	for (int i = 0; i < ticket->claim_count && !err; i++)
		err = bind(viewer, ticket->claims[i].name, ticket->claims[i].value, why);
	return err;
}

/* Whether the section can be shown to a viewer of whom so much is known. */
static enum tr_err check_needs(const struct tr_section *section, const char *user,
    const struct tr_ticket *ticket, struct tr_why *why)
{
	if (tr_section_needs_user(section) && !*user)
		return tr_fail(why, TR_DENIED,
		    "The stream '%s' is for users that the web server has signed in.",
		    section->name);
	if (tr_section_needs_ticket(section) && !ticket->claim_count)
		return tr_fail(why, TR_DENIED, "The stream '%s' needs a ticket with a claim.",
		    section->name);
	return TR_OK;
}

enum tr_err tr_viewer_read(struct tr_viewer *viewer, const struct tr_request *request,
    const struct tr_ticket *ticket, const struct tr_sections *sections,
    const struct tr_params *params, char *query, struct tr_why *why)
{
	const char *user = tr_request_get(request, "REMOTE_USER");
	const struct tr_section *chosen[TR_STREAMS];
	struct tr_param param;
	enum tr_err err = bind_vouched(viewer, user, ticket, why);

	for (int i = 0; i < params->stream_count && !err; i++) {
		chosen[i] = find(sections, params->streams[i], &err, why);
		if (chosen[i])
			err = check_needs(chosen[i], user, ticket, why);
	}
	while (!err && tr_query_next(&query, &param))
		for (int i = 0; i < params->stream_count && !err; i++)
			if (chosen[i])
				err = bind_allowed(viewer, chosen[i], &param, why);
	return err;
}
