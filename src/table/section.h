/* section.h: the [stream NAME] sections of the configuration: tables of other programs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_SECTION_H
#define TR_TABLE_SECTION_H

#include "base/err.h"

#define TR_SECTIONS_MAX 16     /* each costs the pool a process and a bell */
#define TR_SECTION_NAME_MAX 32 /* bytes; it stands in cursors and event names */
#define TR_ALLOW_MAX 16	       /* query parameters that a section lists */

enum tr_mode {
	TR_MODE_APPEND, /* rows that are only ever added, each with an id that rises */
	TR_MODE_TABLE,	/* rows that change: the result as it is now, and what changes in it */
};

struct tr_section {
	char *name;
	char *database; /* a path */
	char *sql;
	enum tr_mode mode;
	/* Which parameter a row's topic must be equal to for a viewer to get it, without the
	 * colon: remote_user, ticket_NAME, or one of allow; NULL: all rows are for everybody.
	 */
	char *topic;
	char *allow[TR_ALLOW_MAX];
	int allow_count;
};

struct tr_sections {
	struct tr_section list[TR_SECTIONS_MAX];
	int count;
};

/* Reads the sections of the file at path. *sections is {0} before; release it with
 * tr_sections_free() in every case. TR_OK (no file: none); otherwise the file, the line and
 * the cure are in *why: TR_INVALID, TR_DENIED, TR_SYS, TR_NOMEM. */
enum tr_err tr_sections_load(
    struct tr_sections *sections, const char *path, struct tr_why *why);

/* The section of that name, or NULL. */
const struct tr_section *tr_sections_find(const struct tr_sections *sections, const char *name);

/* Whether clients may set that query parameter. */
int tr_section_allows(const struct tr_section *section, const char *parameter);

/* Whether what a viewer gets depends on who the web server says that it is. */
int tr_section_needs_user(const struct tr_section *section);

/* The same for a claim of a ticket: `:ticket_NAME`. */
int tr_section_needs_ticket(const struct tr_section *section);

void tr_sections_free(struct tr_sections *sections);

#endif
