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

enum tr_err tr_viewer_read(struct tr_viewer *viewer, const struct tr_request *request,
    const struct tr_sections *sections, const struct tr_params *params, char *query,
    struct tr_why *why)
{
	const char *user = tr_request_get(request, "REMOTE_USER");
	const struct tr_section *chosen[TR_STREAMS];
	struct tr_param param;
	enum tr_err err = TR_OK;

	if (*user)
		err = bind(viewer, "remote_user", user, why);
	for (int i = 0; i < params->stream_count && !err; i++) {
		chosen[i] = find(sections, params->streams[i], &err, why);
		if (chosen[i] && tr_section_needs_user(chosen[i]) && !*user)
			err = tr_fail(why, TR_DENIED,
			    "The stream '%s' is for users that the web server has signed in.",
			    params->streams[i]);
	}
	while (!err && tr_query_next(&query, &param))
		for (int i = 0; i < params->stream_count && !err; i++)
			if (chosen[i])
				err = bind_allowed(viewer, chosen[i], &param, why);
	return err;
}
