/* command.c: the command that a runner runs: its start, its signals, its end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "run/group.h"

void tr_signals_take(struct tr_signals *before, const sigset_t *watched)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, normal = {.sa_handler = SIG_DFL};

	sigemptyset(&ignore.sa_mask);
	sigemptyset(&normal.sa_mask);
	sigprocmask(SIG_BLOCK, watched, &before->mask);
	sigaction(SIGPIPE, &ignore, &before->pipe);
	sigaction(SIGXFSZ, &ignore, &before->file_size);
	sigaction(SIGCHLD, &normal, &before->child);
}

void tr_signals_restore(const struct tr_signals *before)
{
	sigaction(SIGPIPE, &before->pipe, NULL);
	sigaction(SIGXFSZ, &before->file_size, NULL);
	sigaction(SIGCHLD, &before->child, NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

/* Whether this process has a terminal that can send it signals. */
static int has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	close(fd);
	return 1;
}

struct launch {
	char *const *argv;
	int own_group;
	int pty_slave;
	int output[2];
	int told; /* a pipe to the runner, closed by a successful execve() */
	const struct tr_signals *signals;
	pid_t runner;
};

/* 1, or 0 with errno: what the command prints would go past the log. */
static int take_output(const struct launch *l)
{
	if (l->pty_slave >= 0) {
		setsid();
		ioctl(l->pty_slave, TIOCSCTTY, 0);
		if (dup2(l->pty_slave, STDIN_FILENO) < 0)
			return 0;
	} else if (l->own_group) {
		setpgid(0, 0);
	}
	return dup2(l->output[0], STDOUT_FILENO) >= 0 && dup2(l->output[1], STDERR_FILENO) >= 0;
}

/* In the child. Does not return. */
static void become(const struct launch *l)
{
	int error;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != l->runner)
		_exit(1);
	if (take_output(l)) {
		tr_signals_restore(l->signals);
		execvp(l->argv[0], l->argv);
	}
	error = errno;
	if (write(l->told, &error, sizeof(error)) < 0)
		_exit(1);
	_exit(error == ENOENT ? 127 : 126);
}

static void close_pair(int pair[2])
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	pair[0] = pair[1] = -1;
}

/* Makes the pipes for the command's output. 1, or 0 with errno. */
static int make_pipes(struct tr_command *command, struct launch *l)
{
	int pair[2];

	for (int i = 0; i < 2; i++) {
		if (pipe2(pair, O_CLOEXEC))
			return 0;
		command->output[i] = pair[0];
		l->output[i] = pair[1];
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
	}
	return 1;
}

/* Forks, and waits until the child has become the command or failed to. 1, or 0 with errno. */
static int launch(struct tr_command *command, struct launch *l, int *exec_errno)
{
	int told[2];

	if (pipe2(told, O_CLOEXEC))
		return 0;
	l->told = told[1];
	command->pid = fork();
	if (command->pid == 0)
		become(l);
	close(told[1]);
	if (command->pid > 0) {
		if (l->own_group && l->pty_slave < 0)
			setpgid(command->pid, command->pid);
		while (read(told[0], exec_errno, sizeof(*exec_errno)) < 0 && errno == EINTR)
			;
	}
	close(told[0]);
	return command->pid > 0;
}

enum tr_err tr_command_start(struct tr_command *command, char *const *argv, int pty_slave,
    const struct tr_signals *signals, int *exec_errno, struct tr_why *why)
{
	struct launch l = {.argv = argv,
	    .own_group = pty_slave >= 0 || !has_terminal(),
	    .pty_slave = pty_slave,
	    .output = {-1, -1},
	    .signals = signals,
	    .runner = getpid()};
	int started;

	*exec_errno = 0;
	*command = (struct tr_command){.output = {-1, -1}};
	if (pty_slave >= 0) {
		l.output[0] = l.output[1] = pty_slave;
		started = launch(command, &l, exec_errno);
	} else {
		/* so that what a child leaves behind is still our descendant */
		if (!l.own_group)
			prctl(PR_SET_CHILD_SUBREAPER, 1);
		started = make_pipes(command, &l) && launch(command, &l, exec_errno);
		close_pair(l.output);
	}
	if (!started) {
		command->pid = 0;
		return tr_fail(
		    why, TR_SYS, "%s cannot be started: %s", argv[0], strerror(errno));
	}
	command->group = l.own_group ? command->pid : 0;
	return TR_OK;
}

void tr_command_signal(const struct tr_command *command, int signal_number)
{
	if (command->group)
		kill(-command->group, signal_number);
	else
		tr_group_kin(signal_number);
}

int tr_command_lives(const struct tr_command *command)
{
	return command->group ? tr_group_lives(command->group) : tr_group_kin(0) > 0;
}
