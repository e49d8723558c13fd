/* command.h: the command that a runner runs: its start, its signals, its end.
 *
 * - Without a terminal (cron, systemd, CI) it gets a process group of its own, which is ended
 *   as a whole. Where the runner has a controlling terminal the command stays in the runner's
 *   group, so that the keyboard and job control work as they do without a runner; ended are
 *   then those of the group that descend from the runner. With --pty it has a session.
 * - It gets the signal mask and dispositions that the runner was started with, and SIGTERM when
 *   the runner dies (PR_SET_PDEATHSIG; not where it is a set-user-id program).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_COMMAND_H
#define TR_RUN_COMMAND_H

#include <signal.h>
#include <sys/types.h>

#include "base/err.h"

/* What the runner changes of its own signals, to be put back for the command. */
struct tr_signals {
	sigset_t mask;
	struct sigaction pipe, file_size, child;
};

struct tr_command {
	pid_t pid;     /* a child of ours, to be waited for */
	int group;     /* its process group; 0: it is in the runner's */
	int output[2]; /* its standard output and error, to read; -1: none, or a terminal's */
};

/* Blocks `watched`, which then comes by signalfd(); ignores SIGPIPE and SIGXFSZ, of which the
 * calls tell by themselves; and sees to it that children can be waited for. */
void tr_signals_take(struct tr_signals *before, const sigset_t *watched);

/* Puts them back. */
void tr_signals_restore(const struct tr_signals *before);

/* Starts argv, with its output in pipes, or on the terminal that pty_slave is where that is
 * not -1. TR_OK: *exec_errno is 0, or tells why argv[0] cannot be executed, and then it is as
 * if the command had ended with 127 (not found) or 126. TR_SYS: no process, no pipe. Close
 * output[] in both cases. */
enum tr_err tr_command_start(struct tr_command *command, char *const *argv, int pty_slave,
    const struct tr_signals *signals, int *exec_errno, struct tr_why *why);

/* Sends a signal to its group, see above. */
void tr_command_signal(const struct tr_command *command, int signal_number);

/* Whether anybody is left of its group, or of its descendants in the runner's. */
int tr_command_lives(const struct tr_command *command);

#endif
