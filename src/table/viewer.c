/* viewer.c: who looks at a stream, as far as that decides what may be seen.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/viewer.h"

#include <string.h>

const char *tr_viewer_value(const struct tr_viewer *viewer, const char *name)
{
	for (int i = 0; i < viewer->count; i++)
		if (strcmp(viewer->bound[i].name, name) == 0)
			return viewer->bound[i].value;
	return NULL;
}

int tr_viewer_sees(const struct tr_viewer *viewer, const struct tr_section *section,
    const char *topic, size_t topic_len)
{
	const char *own;

	if (!section->topic)
		return 1;
	own = tr_viewer_value(viewer, section->topic);
	return own && *own && topic && strlen(own) == topic_len &&
	       memcmp(own, topic, topic_len) == 0;
}
