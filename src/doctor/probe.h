/* probe.h: measures the path from here to the responder behind a URL, and has it judged.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_PROBE_H
#define TR_DOCTOR_PROBE_H

#include <stdint.h>

#include "base/err.h"
#include "doctor/finding.h"

struct tr_probe {
	const char *url;
	int64_t idle_s;	   /* so long to listen to a quiet stream; 0: not at all */
	const char *epoch; /* of the database examined here; "": none */
	void (*say)(const char *url, int64_t seconds); /* told before a long wait */
};

/* Listens to the stream, asks how the responder is, and appends what there is to say; that the
 * path is broken is one of the findings. TR_OK; TR_INVALID where the URL is none, TR_SYS
 * where curl cannot be run, with the sentence in *why. */
enum tr_err tr_probe(struct tr_findings *out, const struct tr_probe *probe, struct tr_why *why);

#endif
