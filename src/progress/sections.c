/* sections.c: the sections that are open, of all kinds of markup.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/sections.h"

#include <assert.h>
#include <string.h>

#include "progress/text.h"

/* How many, from the innermost on, down to one of that kind and name (NULL: any); 0: none. */
static size_t down_to(const struct tr_sections *s, enum tr_section_kind kind, const char *name)
{
	for (size_t i = s->count; i-- > 0;)
		if (s->open[i].kind == kind && (!name || strcmp(s->open[i].name, name) == 0))
			return s->count - i;
	return 0;
}

size_t tr_sections_begun(const struct tr_sections *s, enum tr_section_kind kind)
{
	return kind == TR_SECTION_BLOCK ? 0 : down_to(s, kind, NULL);
}

size_t tr_sections_ended(
    const struct tr_sections *s, enum tr_section_kind kind, const char *name)
{
	char cut[TR_MARKUP_STEP_MAX_BYTES + 1];

	tr_text_copy(cut, sizeof(cut), name);
	return down_to(s, kind, cut);
}

void tr_sections_add(
    struct tr_sections *s, enum tr_section_kind kind, const char *name, const char *title)
{
	struct tr_section *section = s->open + s->count;

	assert(s->count < TR_SECTIONS_MAX);
	section->kind = kind;
	tr_text_copy(section->name, sizeof(section->name), name);
	tr_text_copy(section->title, sizeof(section->title), title);
	s->count++;
}
