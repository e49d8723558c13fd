/* idle.h: judges how long a stream stays open on which nothing but heartbeats passes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_IDLE_H
#define TR_DOCTOR_IDLE_H

#include "doctor/path.h"

/* Whether the responder itself ended the stream, in order. */
bool tr_idle_said_goodbye(const struct tr_reply *reply);

/* Appends what path->idle tells. */
void tr_idle_judge(struct tr_findings *out, const struct tr_path *path, enum tr_way way);

#endif
