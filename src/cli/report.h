/* report.h: findings, as people and as programs read them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_REPORT_H
#define TR_CLI_REPORT_H

#include "base/buf.h"
#include "doctor/finding.h"

/* Appends the findings in the order given, wrapped to so many columns, with what to do about
 * each; last a line that counts them. Failure shows in tr_buf_err(out). */
void tr_report_text(
    struct tr_buf *out, const struct tr_findings *findings, size_t columns, int colour);

/* Appends {"ok":…,"findings":[{"level","area","name","what","cure","lines"},…]} and a newline;
 * bytes that no terminal should get stand as \xHH here as well. */
void tr_report_json(struct tr_buf *out, const struct tr_findings *findings);

#endif
