/* answer.h: judges what came in place of an event stream, and what the responder says of
 * itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_ANSWER_H
#define TR_DOCTOR_ANSWER_H

#include "doctor/path.h"

/* Appends the problem: no connection, no answer, another status, another type, no place. */
void tr_answer_judge(struct tr_findings *out, const struct tr_path *path);

/* Appends what /health tells. */
void tr_answer_judge_health(struct tr_findings *out, const struct tr_path *path);

/* How the responder is run, as its /health (NULL: not asked) shows. */
enum tr_way tr_answer_way(const struct tr_reply *health);

/* Says of the last finding what to do about it. */
void tr_answer_cure(
    struct tr_findings *out, enum tr_ill ill, const char *server, enum tr_way way);

#endif
