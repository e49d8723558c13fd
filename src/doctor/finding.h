/* finding.h: what an examination found: a list of sentences, each with what to do.
 *
 * - A failed allocation sticks in the list, which is then not to be shown.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_FINDING_H
#define TR_DOCTOR_FINDING_H

#include <stddef.h>

#include "base/err.h"

/* Worst first. */
enum tr_grade {
	TR_PROBLEM, /* something does not work, or will soon not */
	TR_NOTE,    /* it works, and there is something to know about it */
	TR_FINE,
	TR_GRADES
};

/* What it is about, in the order in which that is shown. */
enum tr_area { TR_PATH, TR_DATABASE, TR_STREAM, TR_MACHINE, TR_AREAS };

struct tr_finding {
	enum tr_grade grade;
	enum tr_area area;
	const char *name; /* stays the same when the words change; for programs */
	char *what;	  /* sentences; may hold any bytes that a server sent */
	char *cure;	  /* what to do; NULL: nothing */
	char *lines;	  /* commands or settings that go with the cure; NULL: none */
};

/* {0} is empty. */
struct tr_findings {
	struct tr_finding *all;
	size_t count;
	enum tr_err err; /* TR_OK, or TR_NOMEM from the first failure on */
};

/* Appends a finding; name is a string literal. */
void tr_find(struct tr_findings *findings, enum tr_grade grade, enum tr_area area,
    const char *name, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Says what to do about the last one, and with which lines. */
void tr_find_cure(struct tr_findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tr_find_lines(struct tr_findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts the worst first, and of the equally bad each area together; what is equal in both keeps
 * its order. */
void tr_findings_sort(struct tr_findings *findings);

/* How many there are of a grade. */
size_t tr_findings_count(const struct tr_findings *findings, enum tr_grade grade);

/* The word for a grade: "problem", "note", "fine". */
const char *tr_grade_word(enum tr_grade grade);

/* The word for an area: "path", "database", "stream", "machine". */
const char *tr_area_word(enum tr_area area);

/* Frees it; the list is then as after {0}. */
void tr_findings_free(struct tr_findings *findings);

#endif
