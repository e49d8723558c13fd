/* verdict.h: shows findings, and says what to exit with.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_VERDICT_H
#define TR_CLI_VERDICT_H

#include "cli/cli.h"
#include "doctor/finding.h"

/* Writes the findings to standard output in either form. TR_EXIT_DONE where none is a problem,
 * else TR_EXIT_FAILED. */
enum tr_exit tr_verdict(const struct tr_findings *findings, int json);

#endif
