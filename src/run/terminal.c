/* terminal.c: a pseudo-terminal for the command, and the runner's own terminal beside it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Which of our standard descriptors is a terminal; -1: none. */
static int find_own(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd))
			return fd;
	return -1;
}

/* Opens the other end. -1 with errno. */
static int open_slave(int master)
{
	const char *name = NULL;

	if (!grantpt(master) && !unlockpt(master))
		name = ptsname(master);
	return name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
}

enum tr_err tr_terminal_open(struct tr_terminal *terminal, struct tr_why *why)
{
	struct termios settings;

	*terminal = (struct tr_terminal){.slave = -1, .own = find_own()};
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal->master >= 0)
		terminal->slave = open_slave(terminal->master);
	if (terminal->slave < 0) {
		tr_fail(why, TR_SYS, "no pseudo-terminal can be had: %s", strerror(errno));
		tr_terminal_close(terminal);
		return TR_SYS;
	}
	if (!tcgetattr(terminal->own >= 0 ? terminal->own : terminal->slave, &settings)) {
		if (!isatty(STDIN_FILENO)) /* what a program sends was not typed */
			settings.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(terminal->slave, TCSANOW, &settings);
	}
	tr_terminal_resize(terminal);
	return TR_OK;
}

void tr_terminal_raw(struct tr_terminal *terminal)
{
	struct termios raw;

	if (tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &terminal->before))
		return;
	raw = terminal->before;
	cfmakeraw(&raw);
	terminal->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void tr_terminal_resize(const struct tr_terminal *terminal)
{
	struct winsize size;

	if (terminal->own >= 0 && !ioctl(terminal->own, TIOCGWINSZ, &size))
		ioctl(terminal->master, TIOCSWINSZ, &size);
}

int tr_terminal_reads(const struct tr_terminal *terminal)
{
	return terminal->raw || !isatty(STDIN_FILENO);
}

void tr_terminal_leave_slave(struct tr_terminal *terminal)
{
	close(terminal->slave);
	terminal->slave = -1;
}

void tr_terminal_close(struct tr_terminal *terminal)
{
	if (terminal->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal->before);
	terminal->raw = 0;
	if (terminal->slave >= 0)
		close(terminal->slave);
	if (terminal->master >= 0)
		close(terminal->master);
	terminal->slave = terminal->master = -1;
}
