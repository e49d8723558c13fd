/* finding.c: what an examination found: a list of sentences, each with what to do.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The text, the caller's to free; NULL, and the failure kept in findings. */
static char *compose(struct tr_findings *findings, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) >= 0)
		return text;
	findings->err = TR_NOMEM;
	return NULL;
}

void tr_find(struct tr_findings *findings, enum tr_grade grade, enum tr_area area,
    const char *name, const char *format, ...)
{
	size_t bytes = (findings->count + 1) * sizeof(*findings->all);
	struct tr_finding *all = findings->err ? NULL : realloc(findings->all, bytes);
	va_list args;

	if (!all) {
		findings->err = TR_NOMEM;
		return;
	}
	findings->all = all;
	va_start(args, format);
	all[findings->count++] = (struct tr_finding){.grade = grade,
	    .area = area,
	    .name = name,
	    .what = compose(findings, format, args)};
	va_end(args);
}

void tr_find_cure(struct tr_findings *findings, const char *format, ...)
{
	va_list args;

	if (findings->err)
		return;
	va_start(args, format);
	findings->all[findings->count - 1].cure = compose(findings, format, args);
	va_end(args);
}

void tr_find_lines(struct tr_findings *findings, const char *format, ...)
{
	va_list args;

	if (findings->err)
		return;
	va_start(args, format);
	findings->all[findings->count - 1].lines = compose(findings, format, args);
	va_end(args);
}

/* Whether a stands before b. */
static int is_before(const struct tr_finding *a, const struct tr_finding *b)
{
	return a->grade != b->grade ? a->grade < b->grade : a->area < b->area;
}

void tr_findings_sort(struct tr_findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		struct tr_finding moved = findings->all[i];
		size_t to = i;

		for (; to && is_before(&moved, &findings->all[to - 1]); to--)
			findings->all[to] = findings->all[to - 1];
		findings->all[to] = moved;
	}
}

size_t tr_findings_count(const struct tr_findings *findings, enum tr_grade grade)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->all[i].grade == grade;
	return count;
}

const char *tr_grade_word(enum tr_grade grade)
{
	static const char *const words[TR_GRADES] = {
	    [TR_PROBLEM] = "problem", [TR_NOTE] = "note", [TR_FINE] = "fine"};

	return words[grade];
}

const char *tr_area_word(enum tr_area area)
{
	static const char *const words[TR_AREAS] = {[TR_PATH] = "path",
	    [TR_DATABASE] = "database",
	    [TR_STREAM] = "stream",
	    [TR_MACHINE] = "machine"};

	return words[area];
}

void tr_findings_free(struct tr_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->all[i].what);
		free(findings->all[i].cure);
		free(findings->all[i].lines);
	}
	free(findings->all);
	*findings = (struct tr_findings){0};
}
