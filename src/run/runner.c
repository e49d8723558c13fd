/* runner.c: runs a command as a job.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/errlog.h"
#include "run/attend.h"
#include "run/keylock.h"
#include "run/place.h"

#define NOT_RUN 1
#define STAGE_MS 500		    /* how long the command may wait for its job's id */
#define FLUSH_NS (10 * TR_NS_PER_S) /* how long a full disk is waited for at the end */
#define FLUSH_PAUSE_MS 100

struct runner {
	const struct tr_run *run;
	struct tr_keylock lock;
	struct tr_spool spool;
	struct tr_capture capture;
	struct tr_scribe scribe;
	struct tr_signals before;
	struct tr_terminal terminal;
	struct tr_command command;
	struct tr_outcome outcome;
	struct tr_attend *attend;
	int signals_fd;
};

/* Of the signals that a runner takes, those that it was not told to ignore (nohup). */
static void watched_signals(sigset_t *set)
{
	static const int taken[] = {
	    SIGCHLD, SIGWINCH, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	struct sigaction now;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (taken[i] == SIGCHLD ||
		    (!sigaction(taken[i], NULL, &now) && now.sa_handler != SIG_IGN))
			sigaddset(set, taken[i]);
}

static int take_signals(struct runner *r, struct tr_why *why)
{
	sigset_t watched;

	watched_signals(&watched);
	tr_signals_take(&r->before, &watched);
	r->signals_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals_fd >= 0)
		return 1;
	tr_fail(why, TR_SYS, "signals cannot be watched: %s", strerror(errno));
	return 0;
}

static int make_spool(struct runner *r, struct tr_why *why)
{
	struct tr_spool_job job = {.db = r->run->db, .is = r->run->job, .key = r->run->key};
	struct tr_place place = {.fd = -1};
	enum tr_err err;

	tr_iso_now(job.started_at);
	tr_place_choose(&place, TR_SPOOL_ROOM_BYTES / 4);
	err = tr_spool_create(&r->spool, &place, &job, TR_SPOOL_ROOM_BYTES, why);
	if (err == TR_SYS && place.fd >= 0) { /* then in memory */
		tr_place_close(&place);
		err = tr_spool_create(&r->spool, &place, &job, TR_SPOOL_ROOM_BYTES, why);
	}
	tr_place_close(&place);
	return !err;
}

/* All that the command needs beneath it. 1, or 0 with the sentence. */
static int prepare(struct runner *r, struct tr_why *why)
{
	const struct tr_run *run = r->run;

	if (run->key && tr_keylock_take(&r->lock, run->db, run->key, why))
		return 0;
	return make_spool(r, why) && take_signals(r, why) &&
	       !tr_capture_init(&r->capture, &r->spool, run->progress, why) &&
	       (!run->pty || !tr_terminal_open(&r->terminal, why)) &&
	       !tr_scribe_start(&r->scribe, &r->spool, r->lock.fd, why);
}

/* What the command's own calls of tailrow need. Once the job is there, its id too. */
static void export(const struct runner *r, int has_job)
{
	char id[24];

	setenv("TAILROW_DB", r->run->db, 1);
	snprintf(id, sizeof(id), "%lld", (long long)atomic_load(&r->spool.page->job_id));
	if (has_job)
		setenv("TAILROW_JOB", id, 1);
	else
		unsetenv("TAILROW_JOB"); /* an outer runner's */
}

/* 1: the command was started. Otherwise the outcome says why not. */
static int start_command(struct runner *r)
{
	struct tr_why why = {0};
	enum tr_err err = tr_command_start(&r->command, r->run->argv, r->terminal.slave,
	    &r->before, &r->outcome.exec_errno, &why);

	if (r->terminal.slave >= 0)
		tr_terminal_leave_slave(&r->terminal);
	if (err) {
		tr_errlog("%s", why.text);
		r->outcome.exec_errno = EAGAIN;
		return 0;
	}
	atomic_store(&r->spool.page->group, r->command.group);
	if (r->outcome.exec_errno)
		tr_errlog("%s: %s", r->run->argv[0], strerror(r->outcome.exec_errno));
	return 1;
}

static void attend_command(struct runner *r)
{
	*r->attend = (struct tr_attend){.capture = &r->capture,
	    .scribe = &r->scribe,
	    .command = &r->command,
	    .terminal = &r->terminal,
	    .outcome = &r->outcome,
	    .signals_fd = r->signals_fd,
	    .timeout_s = r->run->timeout_s};
	if (r->terminal.master >= 0)
		tr_terminal_raw(&r->terminal);
	tr_attend(r->attend);
	tr_terminal_close(&r->terminal);
}

/* A disk that is full may have room again when the writer gives some back. */
static void flush(struct runner *r)
{
	int64_t until_ns = tr_mono_ns() + FLUSH_NS;

	while (tr_spool_flush(&r->spool) && tr_mono_ns() < until_ns)
		poll(NULL, 0, FLUSH_PAUSE_MS);
	if (r->spool.held.len)
		tr_errlog("the spool %s cannot be written: %s; the last %llu lines are lost",
		    r->spool.path, strerror(r->spool.error),
		    (unsigned long long)r->spool.held_lines);
}

/* Brings what is left and the job's end into the database, as far as that can be. */
static void end_job(struct runner *r)
{
	struct tr_why why = {.text = "the log could not be written"};
	struct tr_spool_end end;

	tr_outcome_end(&r->outcome, &end);
	tr_capture_end(&r->capture);
	flush(r);
	tr_spool_end(&r->spool, &end);
	if (!tr_scribe_finish(&r->scribe, r->signals_fd))
		tr_writer_tell_left(&r->spool, &why);
}

/* A shell script must see that its command was interrupted from the keyboard, or it would go
 * on with the next one. */
static void die_likewise(const struct runner *r)
{
	struct sigaction normal = {.sa_handler = SIG_DFL};
	sigset_t one;

	if (!r->outcome.typed || r->outcome.exec_errno || !WIFSIGNALED(r->outcome.status) ||
	    WTERMSIG(r->outcome.status) != SIGINT)
		return;
	sigemptyset(&normal.sa_mask);
	sigemptyset(&one);
	sigaddset(&one, SIGINT);
	sigaction(SIGINT, &normal, NULL);
	raise(SIGINT);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

/* The command, from its start to its end. Returns the status to exit with. */
static int run_command(struct runner *r)
{
	enum tr_stage stage = tr_scribe_stage(&r->scribe, STAGE_MS);

	if (stage == TR_STAGE_REFUSED)
		return NOT_RUN;
	export(r, stage == TR_STAGE_MADE);
	if (start_command(r))
		attend_command(r);
	end_job(r);
	return tr_outcome_status(&r->outcome);
}

static void release(struct runner *r)
{
	tr_scribe_close(&r->scribe);
	tr_terminal_close(&r->terminal);
	tr_capture_free(&r->capture);
	tr_spool_close(&r->spool);
	tr_keylock_drop(&r->lock);
	free(r->attend);
	if (r->signals_fd >= 0)
		close(r->signals_fd);
}

int tr_run(const struct tr_run *run)
{
	struct runner r = {.run = run,
	    .lock = {.fd = -1},
	    .spool = {.fd = -1, .wake_fd = -1},
	    .scribe = {.life = {-1, -1}, .stage_fd = -1},
	    .terminal = {.master = -1, .slave = -1},
	    .signals_fd = -1};
	struct tr_why why = {.text = "out of memory"};
	int status = NOT_RUN;

	r.attend = malloc(sizeof(*r.attend));
	if (r.attend && prepare(&r, &why)) {
		status = run_command(&r);
	} else {
		tr_errlog("%s: the command was not run", why.text);
		tr_spool_remove(&r.spool);
	}
	release(&r);
	die_likewise(&r);
	return status;
}
