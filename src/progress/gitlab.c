/* gitlab.c: sections of GitLab CI.
 *
 * - `ESC[0Ksection_start:UNIX:NAME[collapsed=true]CR ESC[0KTITLE`, "Custom collapsible
 *   sections", docs.gitlab.com: it stands before a CR, which on a terminal hides it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

/* The name behind `UNIX:`, without its options, in place; NULL: this is none. */
static char *name_of(char *text)
{
	size_t digits = strspn(text, "0123456789");
	char *name = text + digits + 1;

	if (!digits || text[digits] != ':' || !*name)
		return NULL;
	name[strcspn(name, "[")] = '\0';
	return name;
}

int tr_gitlab_segment(struct tr_reader *r, enum tr_markup_from from, char *text)
{
	char *begin = tr_text_after(text, "section_start:");
	char *end = tr_text_after(text, "section_end:");
	char *name = begin ? name_of(begin) : end ? name_of(end) : NULL;

	if (!name)
		return 0;
	tr_gitlab_title(r, from, "");
	if (begin)
		tr_text_copy(r->section[from], sizeof(r->section[from]), name);
	else
		tr_reader_end(r, from, TR_SECTION_BLOCK, name);
	return 1;
}

int tr_gitlab_title(struct tr_reader *r, enum tr_markup_from from, const char *text)
{
	char *name = r->section[from];

	if (!*name)
		return 0;
	tr_reader_begin(r, from, TR_SECTION_BLOCK, name, *text ? text : name);
	*name = '\0';
	return 1;
}
