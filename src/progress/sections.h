/* sections.h: the sections that are open, of all kinds of markup.
 *
 * - They nest as in a book: who ends one ends what is open within it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROGRESS_SECTIONS_H
#define TR_PROGRESS_SECTIONS_H

#include <stddef.h>

#include "progress/markup.h"

#define TR_SECTIONS_MAX 32

enum tr_section_kind {
	TR_SECTION_GROUP,  /* GitHub, Azure: the next one ends it too */
	TR_SECTION_HEADER, /* Buildkite: only the next one ends it */
	TR_SECTION_BLOCK,  /* TeamCity, GitLab: nest, and are ended by name */
};

/* Both texts are cut like a step. */
struct tr_section {
	enum tr_section_kind kind;
	char name[TR_MARKUP_STEP_MAX_BYTES + 1];
	char title[TR_MARKUP_STEP_MAX_BYTES + 1];
};

/* Initialise with {0}. The innermost is open[count - 1]; who ends one lowers count. */
struct tr_sections {
	struct tr_section open[TR_SECTIONS_MAX];
	size_t count;
};

/* How many, from the innermost on, the beginning of one of that kind ends. */
size_t tr_sections_begun(const struct tr_sections *s, enum tr_section_kind kind);

/* How many the end of one of that kind and name ends; 0: there is none such. */
size_t tr_sections_ended(
    const struct tr_sections *s, enum tr_section_kind kind, const char *name);

/* Adds an innermost one, where fewer than TR_SECTIONS_MAX are open. */
void tr_sections_add(
    struct tr_sections *s, enum tr_section_kind kind, const char *name, const char *title);

#endif
