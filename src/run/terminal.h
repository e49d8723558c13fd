/* terminal.h: a pseudo-terminal for the command, and the runner's own terminal beside it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_TERMINAL_H
#define TR_RUN_TERMINAL_H

#include <termios.h>

#include "base/err.h"

struct tr_terminal {
	int master; /* non-blocking; -1: none */
	int slave;
	int own; /* our terminal: 0, 1 or 2; -1: none */
	int raw; /* standard input is raw, and `before` is what it was */
	struct termios before;
};

/* Makes a pseudo-terminal of the settings and the size of our own, where there is one. TR_OK:
 * release with tr_terminal_close(); TR_SYS with the sentence in *why. */
enum tr_err tr_terminal_open(struct tr_terminal *terminal, struct tr_why *why);

/* Lets every key go to the command as it is, where standard input is our terminal and this
 * process is in its foreground. */
void tr_terminal_raw(struct tr_terminal *terminal);

/* Passes the size of our terminal on, which sends SIGWINCH to the command. */
void tr_terminal_resize(const struct tr_terminal *terminal);

/* Whether standard input may be read for the command: it is no terminal, or it is raw. */
int tr_terminal_reads(const struct tr_terminal *terminal);

/* Only the command has the slave from now on, so that its end is seen at the master. */
void tr_terminal_leave_slave(struct tr_terminal *terminal);

/* Gives our terminal its settings back. */
void tr_terminal_close(struct tr_terminal *terminal);

#endif
