/* writer.c: the process that brings a runner's spool into the database.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/writer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/errlog.h"
#include "run/group.h"
#include "run/leftover.h"
#include "run/player.h"

#define GATHER_RECORDS 256
#define GATHER_NS (20 * TR_NS_PER_MS)
#define BEAT_NS (10 * TR_NS_PER_S)
#define BUSY_MS 250
#define BUSY_RETRY_NS (20 * TR_NS_PER_MS) /* BUSY_MS were waited already, mostly */
#define RETRY_NS (500 * TR_NS_PER_MS)
#define TELL_NS (2 * TR_NS_PER_S) /* a lock of a moment is not worth a line in cron's mail */
#define GROUP_NS (20 * TR_NS_PER_MS)

struct state {
	const struct tr_writer *plan;
	struct tr_spool *spool;
	struct tr_player player;
	struct tr_leftovers leftovers;
	struct tr_leftover_of old; /* which of them */
	struct tr_ledger *db;	   /* NULL: not open */
	uint64_t seen;		   /* of page->records: those before were played */
	int64_t first_ns;	   /* since when lines wait; 0: none do */
	int64_t beat_ns;	   /* the last beat; 0: none yet */
	int64_t good_ns;	   /* the last commit, or what the patience is counted from */
	int64_t down_ns;	   /* since when the database fails; 0: it does not */
	int64_t retry_ns;	   /* when to try again */
	int64_t kill_ns;   /* when the group of a runner that died is killed; 0: it lives */
	int locked;	   /* that is all that is wrong with it */
	int told;	   /* the sentence about a database that fails was printed */
	struct tr_why why; /* of the last failure */
};

static const char *where(const struct tr_spool *spool)
{
	return *spool->path ? spool->path : "memory";
}

void tr_writer_tell_left(const struct tr_spool *spool, const struct tr_why *why)
{
	if (*spool->path)
		tr_errlog("%s; the end of the log of %s is kept in %s: the next tailrow run "
			  "plays it, or: tailrow replay %s",
		    why->text, spool->job.is.name, spool->path, spool->path);
	else
		tr_errlog(
		    "%s; no directory could hold a spool: the end of the log of %s is lost",
		    why->text, spool->job.is.name);
}

static void move_stage(struct state *s, enum tr_stage stage)
{
	const uint64_t one = 1;
	int waiting = TR_STAGE_WAITING;

	if (!atomic_compare_exchange_strong(&s->spool->page->stage, &waiting, (int)stage))
		return;
	if (write(s->plan->stage_fd, &one, sizeof(one)) < 0)
		return; /* the runner looks at the stage before it goes on, too */
}

static void note_success(struct state *s, int beat, int64_t now_ns)
{
	if (beat)
		s->beat_ns = now_ns;
	s->good_ns = now_ns;
	s->down_ns = 0;
	s->retry_ns = 0;
	move_stage(s, TR_STAGE_MADE);
}

static void note_failure(struct state *s, enum tr_err err, int64_t now_ns)
{
	if (!s->down_ns)
		s->down_ns = now_ns;
	s->locked = err == TR_BUSY;
	s->retry_ns = now_ns + (s->locked ? BUSY_RETRY_NS : RETRY_NS);
	if (!s->locked) {
		tr_ledger_close(s->db);
		s->db = NULL;
		move_stage(s, TR_STAGE_GONE_ON);
	}
	if (s->told || now_ns - s->down_ns < TELL_NS)
		return;
	tr_errlog(
	    "%s; until then, what the job prints is kept in %s", s->why.text, where(s->spool));
	s->told = 1;
}

/* Whether the command is not run. Where the runner went on meanwhile, the job is made at the
 * next step, which is not shy. */
static int is_refused(const struct state *s)
{
	return atomic_load(&s->spool->page->stage) == TR_STAGE_REFUSED;
}

/* One transaction, and a beat in it where one is due. */
static enum tr_err commit(struct state *s)
{
	struct tr_spool_page *page = s->spool->page;
	int beat = !s->beat_ns || tr_mono_ns() - s->beat_ns >= BEAT_NS;
	enum tr_err err = TR_OK;

	s->seen = atomic_load(&page->records);
	s->first_ns = 0;
	s->player.shy = atomic_load(&page->stage) == TR_STAGE_WAITING;
	if (!s->db)
		err = tr_ledger_open(&s->db, s->spool->job.db, BUSY_MS, &s->why);
	if (!err)
		err = tr_player_step(&s->player, s->db, beat, &s->why);
	if (err && s->player.rival)
		move_stage(s, TR_STAGE_REFUSED);
	else if (err)
		note_failure(s, err, tr_mono_ns());
	else
		note_success(s, beat, tr_mono_ns());
	return err;
}

/* Sees to the command's group where the runner died. 1 while it has still to end. */
static int group_lives(struct state *s, int64_t now_ns)
{
	int group = atomic_load(&s->spool->page->group);

	if (atomic_load(&s->spool->page->ended) || !group || !tr_group_lives(group))
		return 0;
	if (!s->kill_ns) {
		kill(-group, SIGTERM);
		s->kill_ns = now_ns + TR_RUN_GRACE_S * TR_NS_PER_S;
	} else if (now_ns >= s->kill_ns) {
		kill(-group, SIGKILL);
		return 0;
	}
	return 1;
}

static void look_at_runner(struct state *s, int64_t now_ns)
{
	struct pollfd life = {.fd = s->plan->life_fd};

	if (s->player.orphan || poll(&life, 1, 0) <= 0 || group_lives(s, now_ns))
		return;
	s->player.orphan = 1;
	s->player.died_ms = tr_wall_ms();
	s->good_ns = now_ns;
	if (!atomic_load(&s->spool->page->ended))
		tr_errlog(
		    "the runner of %s was killed, so its job failed", s->spool->job.is.name);
}

/* Nothing more will come. */
static int is_closed(const struct state *s)
{
	return s->player.orphan || atomic_load(&s->spool->page->ended);
}

/* When the next transaction is to begin; not later than now_ns: at once. */
static int64_t due_ns(struct state *s, int64_t now_ns)
{
	uint64_t records = atomic_load(&s->spool->page->records);

	if (s->retry_ns)
		return s->retry_ns;
	if (is_closed(s) || !s->beat_ns || s->player.full)
		return now_ns;
	if (!tr_player_behind(&s->player)) {
		s->seen = records;
		return s->beat_ns + BEAT_NS;
	}
	if (records - s->seen >= GATHER_RECORDS)
		return now_ns;
	if (!s->first_ns)
		s->first_ns = now_ns;
	return s->first_ns + GATHER_NS;
}

/* How many records make it worth to wake up. */
static uint64_t wanted_records(const struct state *s)
{
	if (s->retry_ns) /* none */
		return UINT64_MAX;
	return s->seen + (s->first_ns ? GATHER_RECORDS : 1);
}

/* Sleeps for at most that long, until there are enough lines, or until the runner wakes us. */
static void nap(struct state *s, int64_t ns)
{
	struct tr_spool_page *page = s->spool->page;
	struct pollfd fds[2] = {{.fd = s->spool->wake_fd, .events = POLLIN},
	    {.fd = s->kill_ns || s->player.orphan ? -1 : s->plan->life_fd}};
	struct timespec rest;
	uint64_t wakes;

	if (s->kill_ns && !s->player.orphan && ns > GROUP_NS)
		ns = GROUP_NS; /* nothing tells when a group is empty */
	rest = (struct timespec){ns / TR_NS_PER_S, ns % TR_NS_PER_S};
	atomic_store(&page->wake_at, wanted_records(s));
	if (atomic_load(&page->records) < atomic_load(&page->wake_at))
		ppoll(fds, 2, &rest, NULL);
	if (read(s->spool->wake_fd, &wakes, sizeof(wakes)) < 0)
		return; /* EAGAIN: it was not that */
}

static void wait_for_work(struct state *s)
{
	for (;;) {
		int64_t now_ns = tr_mono_ns(), due;

		look_at_runner(s, now_ns);
		due = due_ns(s, now_ns);
		if (due <= now_ns)
			return;
		if (!s->first_ns && !s->retry_ns &&
		    tr_leftovers_step(&s->leftovers, &s->old, s->db))
			continue;
		nap(s, due - now_ns);
	}
}

/* Whether it is no use to wait for the database any longer. */
static int is_hopeless(const struct state *s)
{
	int patience_s = s->locked ? TR_WRITER_PATIENCE_S : TR_WRITER_ABSENT_PATIENCE_S;

	return is_closed(s) && s->down_ns &&
	       (atomic_load(&s->spool->page->hurry) ||
		   tr_mono_ns() - s->good_ns >= patience_s * TR_NS_PER_S);
}

/* For as long as the patience would have been, the leftovers. */
static void play_leftovers(struct state *s)
{
	int64_t until_ns = tr_mono_ns() + TR_WRITER_PATIENCE_S * TR_NS_PER_S;

	while (tr_mono_ns() < until_ns && !atomic_load(&s->spool->page->hurry) &&
	       tr_leftovers_step(&s->leftovers, &s->old, s->db))
		;
}

static enum tr_writer_status work(struct state *s)
{
	while (!s->player.ended) {
		wait_for_work(s);
		if (commit(s) && is_refused(s)) {
			tr_errlog("%s", s->why.text);
			return TR_WRITER_REFUSED;
		}
		if (!s->player.ended && is_hopeless(s))
			return TR_WRITER_LEFT;
	}
	tr_player_tell_refused(&s->player);
	play_leftovers(s);
	return TR_WRITER_DONE;
}

enum tr_writer_status tr_writer_run(const struct tr_writer *writer)
{
	const struct tr_spool_job *job = &writer->spool->job;
	struct state s = {.plan = writer,
	    .spool = writer->spool,
	    .old = {job->db, job->is.host},
	    .good_ns = tr_mono_ns()};
	enum tr_writer_status status = TR_WRITER_LEFT;

	if (!tr_player_init(&s.player, s.spool, &s.why) &&
	    !tr_leftovers_list(&s.leftovers, &s.why))
		status = work(&s);
	if (status == TR_WRITER_LEFT) {
		tr_spool_keep(s.spool);
		tr_writer_tell_left(s.spool, &s.why);
	} else {
		tr_spool_remove(s.spool);
	}
	tr_leftovers_free(&s.leftovers);
	tr_player_free(&s.player);
	tr_ledger_close(s.db);
	return status;
}
