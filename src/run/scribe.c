/* scribe.c: the runner's side of its writer.
 *
 * - The runner never opens the database, so that the fork is one that SQLite allows.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/scribe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESTART_NS (100 * TR_NS_PER_MS)

/* A writer that hangs, in a file system say, is killed after so long without a commit. */
#define HANG_NS (3 * TR_WRITER_PATIENCE_S * TR_NS_PER_S)

static int is_kept(int fd, const int *keep, int count)
{
	while (count--)
		if (keep[count] == fd)
			return 1;
	return fd <= STDERR_FILENO;
}

/* Closes all descriptors but those named, so that the writer holds no pipe of the command's
 * open. */
static void close_others(const int *keep, int count)
{
	DIR *open_ones = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (open_ones && (entry = readdir(open_ones))) {
		int fd = atoi(entry->d_name);

		if (!is_kept(fd, keep, count) && fd != dirfd(open_ones))
			close(fd);
	}
	if (open_ones)
		closedir(open_ones);
}

/* What ends the runner, or its whole group, is not meant for the writer: it sees the runner's
 * end, and has work left then. */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	sigemptyset(&ignore.sa_mask);
	sigemptyset(&none);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &ignore, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Standard error stays, for sentences. */
static void be_writer(const struct tr_scribe *scribe)
{
	const struct tr_writer writer = {scribe->spool, scribe->life[0], scribe->stage_fd};
	int keep[] = {scribe->spool->fd, scribe->spool->wake_fd, scribe->life[0],
	    scribe->stage_fd, scribe->lock_fd};
	int null = open("/dev/null", O_RDWR);

	setsid();
	ignore_signals();
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	/* Where there is no /proc to find it by: with it open we would not hear of the runner's
	 * end. */
	close(scribe->life[1]);
	close_others(keep, sizeof(keep) / sizeof(keep[0]));
	_exit(tr_writer_run(&writer));
}

static int start(struct tr_scribe *scribe)
{
	scribe->restart_ns = 0;
	scribe->pid = fork();
	if (scribe->pid == 0)
		be_writer(scribe);
	if (scribe->pid > 0)
		return 1;
	scribe->pid = 0;
	scribe->restart_ns = tr_mono_ns() + RESTART_NS;
	return 0;
}

enum tr_err tr_scribe_start(
    struct tr_scribe *scribe, struct tr_spool *spool, int lock_fd, struct tr_why *why)
{
	*scribe = (struct tr_scribe){
	    .spool = spool, .lock_fd = lock_fd, .status = -1, .life = {-1, -1}};
	scribe->stage_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (scribe->stage_fd >= 0 && pipe2(scribe->life, O_CLOEXEC) == 0 && start(scribe))
		return TR_OK;
	tr_fail(why, TR_SYS, "no process can be started to write the log: %s", strerror(errno));
	tr_scribe_close(scribe);
	return TR_SYS;
}

enum tr_stage tr_scribe_stage(struct tr_scribe *scribe, int wait_ms)
{
	struct pollfd told = {.fd = scribe->stage_fd, .events = POLLIN};
	int stage = TR_STAGE_WAITING;

	poll(&told, 1, wait_ms);
	if (atomic_compare_exchange_strong(
		&scribe->spool->page->stage, &stage, TR_STAGE_GONE_ON))
		stage = TR_STAGE_GONE_ON;
	return (enum tr_stage)stage;
}

/* Whether it ended because it had nothing left to do. */
static int in_order(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == TR_WRITER_DONE ||
					WEXITSTATUS(status) == TR_WRITER_LEFT ||
					WEXITSTATUS(status) == TR_WRITER_REFUSED);
}

void tr_scribe_buried(struct tr_scribe *scribe, pid_t pid, int status, int64_t now_ns)
{
	if (pid != scribe->pid)
		return;
	scribe->pid = 0;
	if (in_order(status))
		scribe->status = WEXITSTATUS(status);
	else
		scribe->restart_ns = now_ns + RESTART_NS;
}

int64_t tr_scribe_tick(struct tr_scribe *scribe, int64_t now_ns)
{
	if (scribe->restart_ns && now_ns >= scribe->restart_ns)
		start(scribe);
	return scribe->restart_ns ? scribe->restart_ns : INT64_MAX;
}

static void bury(struct tr_scribe *scribe)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		tr_scribe_buried(scribe, pid, status, tr_mono_ns());
}

/* Asked once: the writer is not to wait for the database; asked again: nor for anything. */
static void take_signals(struct tr_scribe *scribe, int signals_fd)
{
	struct tr_spool_page *page = scribe->spool->page;
	struct signalfd_siginfo info;

	while (read(signals_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT)
			continue;
		if (atomic_exchange(&page->hurry, 1) && scribe->pid)
			kill(scribe->pid, SIGKILL);
		tr_spool_wake(scribe->spool);
	}
}

int tr_scribe_finish(struct tr_scribe *scribe, int signals_fd)
{
	struct tr_spool_page *page = scribe->spool->page;
	struct pollfd fd = {.fd = signals_fd, .events = POLLIN};
	uint64_t done = atomic_load(&page->done);
	int64_t hang_ns = tr_mono_ns() + HANG_NS;

	while (scribe->status < 0 && tr_mono_ns() < hang_ns) {
		tr_scribe_tick(scribe, tr_mono_ns());
		poll(&fd, 1, (int)(RESTART_NS / TR_NS_PER_MS));
		take_signals(scribe, signals_fd);
		bury(scribe);
		if (atomic_load(&page->hurry) && !scribe->pid)
			break;
		if (atomic_load(&page->done) != done) {
			done = atomic_load(&page->done);
			hang_ns = tr_mono_ns() + HANG_NS;
		}
	}
	if (scribe->pid)
		kill(scribe->pid, SIGKILL);
	return scribe->status >= 0;
}

void tr_scribe_close(struct tr_scribe *scribe)
{
	for (int i = 0; i < 2; i++)
		if (scribe->life[i] >= 0)
			close(scribe->life[i]);
	if (scribe->stage_fd >= 0)
		close(scribe->stage_fd);
}
