/* path.h: judges what was measured of the path from a browser's place to the responder.
 *
 * - Pure: the same replies give the same findings.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_PATH_H
#define TR_DOCTOR_PATH_H

#include "doctor/cures.h"
#include "doctor/finding.h"
#include "doctor/reply.h"

#define TR_PING_EVERY_MS 250 /* of a probe, by the public contract */

struct tr_path {
	const char *url;   /* of the event stream, fit to be shown */
	const char *other; /* where else it was looked for; "": nowhere */
	int probe_s;
	const struct tr_reply *probe;  /* asked for as a browser asks */
	const struct tr_reply *plain;  /* the same without compression; NULL: not asked */
	const struct tr_reply *brief;  /* a stream proper, for a moment; NULL: not asked */
	const struct tr_reply *health; /* NULL: not asked */
	const struct tr_reply *idle;   /* a stream of heartbeats only; NULL: not asked */
	int64_t idle_s;		       /* how long that was listened to */
	const char *epoch;	       /* of the database examined; "": none */
};

/* How a probe's pings came. */
struct tr_flow {
	int pings;
	int late;	  /* of them, by more than half the time between two */
	int64_t worst_ms; /* the latest one, compared with the promptest */
	int bursts;	  /* in how many pieces they came */
};

/* Works it out; the pings' own times say when each was sent, so that a sender which is slow is
 * not taken for a line which is. */
void tr_flow(struct tr_flow *out, const struct tr_reply *reply);

/* Whether the pings were held back: a third of them late, or none there at all. */
bool tr_flow_held(const struct tr_flow *flow);

/* Appends what there is to say. */
void tr_path_judge(struct tr_findings *out, const struct tr_path *path);

#endif
