/* attend.c: what the runner does while its command runs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/attend.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errlog.h"

#define DRAIN_NS TR_NS_PER_S
#define GROUP_NS (50 * TR_NS_PER_MS) /* nothing tells when a group is empty */
#define HELD_NS TR_NS_PER_S

enum { FD_SIGNALS, FD_OUTPUT, FD_ERROR, FD_INPUT, FDS };

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static void stop(struct tr_attend *a, int signal_number, int64_t now_ns)
{
	tr_command_signal(a->command, signal_number);
	if (!a->kill_ns)
		a->kill_ns = now_ns + TR_RUN_GRACE_S * TR_NS_PER_S;
}

static void bury(struct tr_attend *a, int64_t now_ns)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != a->command->pid) {
			tr_scribe_buried(a->scribe, pid, status, now_ns);
			continue;
		}
		a->ended = 1;
		a->outcome->status = status;
		a->drain_ns = now_ns + DRAIN_NS;
		a->timeout_ns = 0;
	}
}

static void take_signal(
    struct tr_attend *a, const struct signalfd_siginfo *info, int64_t now_ns)
{
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD) {
		bury(a, now_ns);
		return;
	}
	if (number == SIGWINCH) {
		if (a->terminal->master >= 0)
			tr_terminal_resize(a->terminal);
		return;
	}
	/* What is typed goes to the whole group, the command in it. */
	a->outcome->typed = info->ssi_code == SI_KERNEL && !a->command->group;
	if (number != SIGUSR1 && number != SIGUSR2 && !a->ended)
		a->outcome->told = number;
	if (a->outcome->typed)
		return;
	if (number == SIGTERM || number == SIGINT)
		stop(a, number, now_ns);
	else
		tr_command_signal(a->command, number);
}

static void take_signals(struct tr_attend *a, int64_t now_ns)
{
	struct signalfd_siginfo info;

	while (read(a->signals_fd, &info, sizeof(info)) == sizeof(info))
		take_signal(a, &info, now_ns);
}

static void put(struct tr_relay *relay, const char *what)
{
	int error = tr_relay_write(relay);

	if (error)
		tr_errlog("%s cannot be written: %s; the command goes on, and its job's log "
			  "has all of it",
		    what, strerror(error));
}

static void put_output(struct tr_attend *a, enum tr_markup_from from)
{
	put(&a->output[from], from == TR_FROM_STDOUT ? "standard output" : "standard error");
}

/* Into the spool first: what is on the screen is there, whatever happens next. */
static void take_output(struct tr_attend *a, enum tr_markup_from from, int64_t now_ns)
{
	struct tr_relay *relay = &a->output[from];
	size_t len = tr_relay_read(relay);

	if (!len)
		return;
	tr_capture_feed(a->capture, from, relay->bytes, len, now_ns);
	if (a->left[from] >= 0) /* and more may have come since it was counted */
		a->left[from] = a->left[from] > (int64_t)len ? a->left[from] - (int64_t)len : 0;
	put_output(a, from);
}

/* The end of our standard input is the command's: ^D, twice after an unfinished line. */
static void end_input(struct tr_attend *a, char last)
{
	struct termios settings;
	char eof;

	if (tcgetattr(a->terminal->master, &settings))
		return;
	eof = (char)settings.c_cc[VEOF];
	a->input.bytes[0] = a->input.bytes[1] = eof;
	a->input.at = 0;
	a->input.len = last == '\n' ? 1 : 2;
	tr_relay_write(&a->input);
}

static void take_input(struct tr_attend *a)
{
	struct tr_relay *relay = &a->input;
	char last = relay->len ? relay->bytes[relay->len - 1] : '\n';

	if (!tr_relay_read(relay) && relay->from < 0)
		end_input(a, last);
	tr_relay_write(relay);
}

static int waits(const struct tr_relay *relay)
{
	return relay->at < relay->len;
}

static void move_bytes(struct tr_attend *a, const struct pollfd *fds, int64_t now_ns)
{
	for (enum tr_markup_from from = 0; from < TR_FROMS; from++) {
		if (!fds[FD_OUTPUT + from].revents)
			continue;
		if (waits(&a->output[from]))
			put_output(a, from);
		else
			take_output(a, from, now_ns);
	}
	if (!fds[FD_INPUT].revents)
		return;
	if (waits(&a->input))
		tr_relay_write(&a->input);
	else
		take_input(a);
}

/* After the second that output is waited for, what is in the pipes is all. A receiver that
 * blocks is waited for, but does not keep a stopped job alive. */
static void limit_output(struct tr_attend *a, int64_t now_ns)
{
	for (enum tr_markup_from from = 0; from < TR_FROMS; from++) {
		struct tr_relay *relay = &a->output[from];
		int rest = 0;

		if (relay->from < 0 || now_ns < a->drain_ns)
			continue;
		if (a->left[from] < 0) {
			ioctl(relay->from, FIONREAD, &rest);
			a->left[from] = rest;
		}
		if (a->kill_ns && waits(relay)) {
			relay->to = -1;
			tr_relay_write(relay);
		}
		if (a->left[from] <= 0 && !waits(relay)) {
			close(relay->from);
			relay->from = -1;
		}
	}
}

/* Whether the group was told to end and has still somebody in it. */
static int is_stopping(const struct tr_attend *a)
{
	return a->kill_ns && a->kill_ns != INT64_MAX && tr_command_lives(a->command);
}

static void look_at_clock(struct tr_attend *a, int64_t now_ns)
{
	if (a->timeout_ns && now_ns >= a->timeout_ns) {
		a->timeout_ns = 0;
		a->outcome->timeout_s = a->timeout_s;
		stop(a, SIGTERM, now_ns);
	}
	if (a->kill_ns && now_ns >= a->kill_ns) {
		tr_command_signal(a->command, SIGKILL);
		a->kill_ns = INT64_MAX;
	}
	if (a->ended && !is_stopping(a))
		limit_output(a, now_ns);
}

/* Whether there is nothing left to do. */
static int is_over(const struct tr_attend *a)
{
	if (!a->ended || is_stopping(a))
		return 0;
	for (enum tr_markup_from from = 0; from < TR_FROMS; from++)
		if (a->output[from].from >= 0) /* nor does anything wait, then */
			return 0;
	return 1;
}

static int64_t next_ns(struct tr_attend *a, int64_t now_ns)
{
	int64_t next =
	    earlier(tr_capture_tick(a->capture, now_ns), tr_scribe_tick(a->scribe, now_ns));

	if (a->timeout_ns)
		next = earlier(next, a->timeout_ns);
	if (a->kill_ns)
		next = earlier(next, a->ended ? now_ns + GROUP_NS : a->kill_ns);
	if (a->ended)
		next = earlier(next, now_ns < a->drain_ns ? a->drain_ns : now_ns + GROUP_NS);
	if (a->capture->spool->held.len)
		next = earlier(next, now_ns + HELD_NS);
	return next;
}

static void await(struct tr_attend *a, struct pollfd fds[FDS])
{
	int64_t now_ns = tr_mono_ns(), next = next_ns(a, now_ns);
	int64_t rest_ns = next > now_ns ? next - now_ns : 0;
	struct timespec rest = {rest_ns / TR_NS_PER_S, rest_ns % TR_NS_PER_S};

	fds[FD_SIGNALS] = (struct pollfd){.fd = a->signals_fd, .events = POLLIN};
	for (enum tr_markup_from from = 0; from < TR_FROMS; from++)
		tr_relay_poll(&a->output[from], &fds[FD_OUTPUT + from]);
	tr_relay_poll(&a->input, &fds[FD_INPUT]);
	if (ppoll(fds, FDS, next == INT64_MAX ? NULL : &rest, NULL) <= 0)
		for (int i = 0; i < FDS; i++)
			fds[i].revents = 0;
}

static void prepare(struct tr_attend *a)
{
	int terminal = a->terminal->master;

	for (enum tr_markup_from from = 0; from < TR_FROMS; from++) {
		struct tr_relay *relay = &a->output[from];

		relay->from = a->command->output[from];
		relay->to = tr_relay_out(from == TR_FROM_STDOUT ? STDOUT_FILENO : STDERR_FILENO,
		    &relay->piece_bytes);
		a->left[from] = -1;
	}
	a->input = (struct tr_relay){.from = -1, .to = -1, .piece_bytes = TR_RELAY_BYTES};
	if (terminal >= 0) {
		a->output[TR_FROM_STDOUT].from = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
		a->input.to = terminal;
		if (tr_terminal_reads(a->terminal))
			a->input.from = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	}
	if (a->timeout_s)
		a->timeout_ns = tr_mono_ns() + a->timeout_s * TR_NS_PER_S;
}

void tr_attend(struct tr_attend *attend)
{
	struct pollfd fds[FDS];

	prepare(attend);
	while (!is_over(attend)) {
		int64_t now_ns;

		await(attend, fds);
		now_ns = tr_mono_ns();
		if (fds[FD_SIGNALS].revents)
			take_signals(attend, now_ns);
		move_bytes(attend, fds, now_ns);
		look_at_clock(attend, now_ns);
	}
}
