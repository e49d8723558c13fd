/* stop.c: SIGTERM and SIGINT as a question that a loop can ask.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/stop.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"

#define TIMER_SLACK_NS 1000

static volatile sig_atomic_t asked;

static void on_signal(int signal_number)
{
	asked = signal_number;
}

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

void tr_stop_install(void)
{
	/* No SA_RESTART: a wait must end. */
	struct sigaction act = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&act.sa_mask);
	sigemptyset(&ignore.sa_mask);
	tr_stop_allow(0);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

void tr_stop_precise_timers(void)
{
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
}

int tr_stop_asked(void)
{
	return asked;
}

int tr_stop_poll(struct pollfd *fds, nfds_t count, int64_t timeout_ns)
{
	struct timespec timeout = {
	    .tv_sec = timeout_ns / TR_NS_PER_S, .tv_nsec = timeout_ns % TR_NS_PER_S};
	sigset_t open;

	sigprocmask(SIG_BLOCK, NULL, &open);
	sigdelset(&open, SIGTERM);
	sigdelset(&open, SIGINT);
	return ppoll(fds, count, timeout_ns < 0 ? NULL : &timeout, &open);
}

void tr_stop_allow(int allow)
{
	sigset_t stop;

	stop_signals(&stop);
	sigprocmask(allow ? SIG_UNBLOCK : SIG_BLOCK, &stop, NULL);
}
