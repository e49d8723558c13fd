/* section.h: examines a [stream] section: whether it can be served, and what it costs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_SECTION_H
#define TR_DOCTOR_SECTION_H

#include "doctor/finding.h"
#include "table/section.h"

/* Appends what there is to say about the section, as the user who runs this: whether its
 * database can be read and its statement runs, the plan, the rows and the time of a read, and
 * whether its ids are fit for a cursor. Nothing is changed. */
void tr_section_examine(struct tr_findings *out, const struct tr_section *section);

#endif
