/* verdict.c: shows findings, and says what to exit with.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/verdict.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/report.h"

#define COLUMNS 80
#define COLUMNS_MAX 100 /* longer lines are hard to read */

static size_t columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
		return COLUMNS;
	return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

enum tr_exit tr_verdict(const struct tr_findings *findings, int json)
{
	struct tr_buf out = {0};
	enum tr_exit status;

	if (json)
		tr_report_json(&out, findings);
	else
		tr_report_text(&out, findings, columns(), tr_cli_colour());
	status = tr_cli_out(&out);
	return status					 ? status
	       : tr_findings_count(findings, TR_PROBLEM) ? TR_EXIT_FAILED
							 : TR_EXIT_DONE;
}
