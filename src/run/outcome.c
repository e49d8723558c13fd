/* outcome.c: what a command's end means.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/outcome.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define STATUS_TIMEOUT 124
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127
#define STATUS_SIGNAL 128

static int own_status(const struct tr_outcome *outcome)
{
	if (outcome->exec_errno)
		return outcome->exec_errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	if (WIFSIGNALED(outcome->status))
		return STATUS_SIGNAL + WTERMSIG(outcome->status);
	return WEXITSTATUS(outcome->status);
}

int tr_outcome_status(const struct tr_outcome *outcome)
{
	int status = own_status(outcome);

	return !status && outcome->timeout_s ? STATUS_TIMEOUT : status;
}

static int signal_of(const struct tr_outcome *outcome)
{
	return !outcome->exec_errno && WIFSIGNALED(outcome->status) ? WTERMSIG(outcome->status)
								    : 0;
}

/* Whether it is the end that somebody asked for. SIGHUP and others may have meant something
 * else to the command. */
static int was_stopped(const struct tr_outcome *outcome)
{
	return outcome->told == SIGTERM || outcome->told == SIGINT ||
	       (outcome->told && outcome->told == signal_of(outcome));
}

static void explain(const struct tr_outcome *outcome, int status, struct tr_why *why)
{
	int signal_number = signal_of(outcome);

	if (outcome->exec_errno)
		tr_fail(why, TR_SYS, "the command cannot be run: %s",
		    strerror(outcome->exec_errno));
	else if (outcome->timeout_s)
		tr_fail(why, TR_SYS,
		    "it ran longer than the %lld s that --job-timeout allows, and was ended",
		    (long long)outcome->timeout_s);
	else if (was_stopped(outcome))
		tr_fail(why, TR_SYS, "stopped by signal %d (%s)", outcome->told,
		    strsignal(outcome->told));
	else if (signal_number)
		tr_fail(why, TR_SYS, "ended by signal %d (%s)", signal_number,
		    strsignal(signal_number));
	else
		tr_fail(why, TR_SYS, "exit status %d", status);
}

void tr_outcome_end(const struct tr_outcome *outcome, struct tr_spool_end *end)
{
	struct tr_why why = {0};
	int status = own_status(outcome);

	*end = (struct tr_spool_end){.at_ms = tr_wall_ms(),
	    .end = TR_END_SUCCEEDED,
	    .exit_code = status,
	    .signal = signal_of(outcome)};
	if (!status && !outcome->timeout_s)
		return;
	end->end =
	    was_stopped(outcome) && !outcome->timeout_s ? TR_END_CANCELED : TR_END_FAILED;
	explain(outcome, status, &why);
	snprintf(end->error, sizeof(end->error), "%s", why.text);
}
