/* player.c: plays a spool into the database, one transaction at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/player.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/errlog.h"

#define READ_BYTES (1 << 20)
#define ALIVE_S 30 /* three beats */

static_assert(READ_BYTES >= TR_RECORD_MAX_BYTES, "a record fits");

/* One transaction. */
struct pass {
	struct tr_player *player;
	struct tr_ledger *db;
	int64_t job_before; /* page->job_id when it began */
	int64_t job_id;
	int64_t line; /* log.id of the last line; 0: none yet */
	int64_t line_at_ms;
	uint64_t to; /* where in the spool it ends */
	struct tr_record progress;
	int has_progress;
	int closed;  /* nothing was appended any more when it began */
	int has_end; /* it ends the job */
	int promised;
	int committed;
	int64_t refused; /* lines of this pass */
	struct tr_why *why;
};

/* Before it is played, which writes it. */
static int64_t written_ms(const struct tr_spool *spool)
{
	struct stat st = {0};

	fstat(spool->fd, &st);
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / TR_NS_PER_MS;
}

enum tr_err tr_player_init(struct tr_player *player, struct tr_spool *spool, struct tr_why *why)
{
	*player = (struct tr_player){.spool = spool,
	    .died_ms = written_ms(spool),
	    .batch_bytes = READ_BYTES,
	    .at_ms = -1};
	player->bytes = malloc(READ_BYTES);
	return player->bytes ? TR_OK : tr_fail(why, TR_NOMEM, "out of memory");
}

void tr_player_free(struct tr_player *player)
{
	free(player->bytes);
	player->bytes = NULL;
}

int tr_player_behind(const struct tr_player *player)
{
	const struct tr_spool_page *page = player->spool->page;

	return atomic_load(&page->head) != atomic_load(&page->done);
}

/* The time as the columns have it. Many lines share one millisecond. */
static const char *time_text(struct tr_player *player, int64_t at_ms)
{
	if (player->at_ms != at_ms) {
		tr_iso_at(at_ms, player->at);
		player->at_ms = at_ms;
	}
	return player->at;
}

static enum tr_err add_line(
    struct pass *pass, const char *event, const struct tr_record *record)
{
	struct tr_player *player = pass->player;
	const struct tr_ledger_line line = {
	    .event = event,
	    .level = tr_level_names[record->level],
	    .message = record->text,
	    .at = time_text(player, record->at_ms),
	};
	struct tr_why why = {0};
	enum tr_err err = tr_ledger_add(pass->db, pass->job_id, &line, &pass->line, &why);

	if (err == TR_INVALID) {
		if (!player->refused && !pass->refused)
			player->refusal = why;
		pass->refused++;
		return TR_OK;
	}
	if (err)
		*pass->why = why;
	else
		pass->line_at_ms = record->at_ms;
	return err;
}

/* A line of our own. */
static enum tr_err add_note(struct pass *pass, const char *text)
{
	const struct tr_record note = {.kind = TR_RECORD_LINE,
	    .level = TR_LEVEL_WARN,
	    .at_ms = tr_wall_ms(),
	    .text = {text, strlen(text)}};

	return add_line(pass, "log", &note);
}

static enum tr_err check_rival(struct pass *pass, const struct tr_ledger_job *job)
{
	struct tr_player *player = pass->player;
	enum tr_err err;

	if (!player->shy || !job->key)
		return TR_OK;
	err = tr_ledger_rival(pass->db, job, ALIVE_S, &player->rival, pass->why);
	if (!err && player->rival)
		err = tr_fail(pass->why, TR_INVALID,
		    "job %lld on another host has the key '%.80s' and is alive: the command "
		    "was "
		    "not run",
		    (long long)player->rival, job->key);
	return err;
}

static enum tr_err make_job(struct pass *pass)
{
	struct tr_spool *spool = pass->player->spool;
	const struct tr_ledger_job job = {
	    .is = spool->job.is,
	    .key = spool->job.key,
	    .started_at = spool->job.started_at,
	};
	enum tr_err err = check_rival(pass, &job);

	if (!err)
		err = tr_ledger_make_job(pass->db, &job, &pass->job_id, pass->why);
	if (err)
		return err;
	atomic_store(&spool->page->line, 0); /* what was promised is no line of this job */
	/* Before the commit: where this is killed, the row is not there and is made again. */
	atomic_store(&spool->page->job_id, pass->job_id);
	if (!atomic_load(&spool->page->done))
		return TR_OK;
	return add_note(pass,
	    "[tailrow: the lines before this one are not in this database: it "
	    "was replaced, or the job was removed]");
}

static enum tr_err find_job(struct pass *pass)
{
	struct tr_spool *spool = pass->player->spool;
	enum tr_err err = TR_ABSENT;

	pass->job_id = atomic_load(&spool->page->job_id);
	if (pass->job_id)
		err =
		    tr_ledger_has_job(pass->db, pass->job_id, spool->job.started_at, pass->why);
	return err == TR_ABSENT ? make_job(pass) : err;
}

/* A writer was killed between a commit and its saying so, or the file was gone just then. Or it
 * was killed before it removed the spool: then the end, too, has been there. */
static enum tr_err settle(struct pass *pass)
{
	struct tr_spool_page *page = pass->player->spool->page;
	uint64_t promised = atomic_load(&page->promised);
	int64_t line = atomic_load(&page->line);
	enum tr_err err;

	if (!line ||
	    (promised <= atomic_load(&page->done) && !atomic_load(&page->promised_end)))
		return TR_OK;
	err = tr_ledger_has_line(pass->db, line, pass->job_id,
	    time_text(pass->player, atomic_load(&page->line_at_ms)), pass->why);
	if (!err) {
		tr_spool_done(pass->player->spool, promised);
		pass->to = promised;
		pass->has_end = atomic_load(&page->promised_end);
	}
	return err == TR_ABSENT ? TR_OK : err;
}

/* In this order, so that a line and a position that do not belong together are never there. */
static void promise(struct pass *pass)
{
	struct tr_spool_page *page = pass->player->spool->page;

	atomic_store(&page->line, 0);
	atomic_store(&page->promised, pass->to);
	atomic_store(&page->promised_end, pass->has_end);
	atomic_store(&page->line_at_ms, pass->line_at_ms);
	atomic_store(&page->line, pass->line);
	pass->promised = 1;
}

static enum tr_err play_record(struct pass *pass, const struct tr_record *record)
{
	switch (record->kind) {
	case TR_RECORD_LINE:
		return add_line(pass, "log", record);
	case TR_RECORD_GROUP:
		return add_line(pass, "group", record);
	case TR_RECORD_GROUP_END:
		return add_line(pass, "group-end", record);
	default: /* progress, of which the newest replaces all earlier */
		pass->progress = *record;
		pass->has_progress = 1;
		return TR_OK;
	}
}

/* After a power failure the page may be newer than what it speaks of. */
static enum tr_err skip_damage(struct pass *pass)
{
	uint64_t head = atomic_load(&pass->player->spool->page->head);
	char text[100];

	snprintf(text, sizeof(text), "[tailrow: %llu bytes of the spool are damaged and lost]",
	    (unsigned long long)(head - pass->to));
	pass->to = head;
	return add_note(pass, text);
}

static enum tr_err play_records(struct pass *pass)
{
	struct tr_player *player = pass->player;
	size_t len = tr_spool_read(player->spool, player->bytes, player->batch_bytes), at = 0,
	       size;
	struct tr_record record;
	enum tr_err err = TR_OK;

	player->full = len == player->batch_bytes;
	pass->to = atomic_load(&player->spool->page->done);
	if (!len && tr_player_behind(player))
		return tr_fail(pass->why, TR_SYS, "%s cannot be read", player->spool->path);
	while (
	    !err && (size = tr_record_get(player->bytes + at, len - at, pass->to, &record))) {
		err = play_record(pass, &record);
		at += size;
		pass->to += size;
	}
	return !err && len && !at ? skip_damage(pass) : err;
}

/* The end of a job whose runner did not live to tell it. */
static struct tr_spool_end made_up_end(const struct tr_player *player)
{
	return (struct tr_spool_end){.at_ms = player->died_ms,
	    .end = TR_END_FAILED,
	    .exit_code = -1,
	    .error = "its runner was killed"};
}

static enum tr_err add_dropped(struct pass *pass, uint64_t count)
{
	char text[160];

	if (!count)
		return TR_OK;
	snprintf(text, sizeof(text), TR_SPOOL_DROPPED, (unsigned long long)count);
	return add_note(pass, text);
}

static enum tr_err finish(struct pass *pass)
{
	const struct tr_spool *spool = pass->player->spool;
	int told = atomic_load(&spool->page->ended);
	struct tr_spool_end end = told ? spool->page->end : made_up_end(pass->player);
	const struct tr_ledger_ending ending = {
	    .end = end.end < TR_ENDS ? end.end : TR_END_FAILED,
	    .exit_code = end.exit_code,
	    .signal = end.signal,
	    .error = *end.error ? end.error : NULL,
	    .if_running = !told,
	    .at = time_text(pass->player, end.at_ms),
	};
	enum tr_err err = add_dropped(pass, end.dropped);

	end.error[sizeof(end.error) - 1] = '\0'; /* the file is whoever's */
	return err ? err : tr_ledger_finish(pass->db, pass->job_id, &ending, pass->why);
}

static enum tr_err play_state(struct pass *pass, int beat)
{
	struct tr_ledger_progress progress = {pass->progress.percent, pass->progress.text};
	enum tr_err err = TR_OK;

	pass->has_end =
	    pass->closed && pass->to == atomic_load(&pass->player->spool->page->head);
	if (pass->has_progress)
		err = tr_ledger_set_progress(pass->db, pass->job_id, &progress, pass->why);
	if (!err && beat)
		err = tr_ledger_beat(pass->db, pass->job_id, pass->why);
	if (!err && pass->has_end)
		err = finish(pass);
	return err;
}

static enum tr_err play(struct pass *pass, int beat)
{
	enum tr_err err = find_job(pass);

	pass->closed = pass->player->orphan || atomic_load(&pass->player->spool->page->ended);
	if (!err)
		err = settle(pass);
	if (!err && !pass->has_end) {
		err = play_records(pass);
		if (!err)
			err = play_state(pass, beat);
		if (!err)
			promise(pass);
	}
	if (err)
		return err;
	err = tr_ledger_commit(pass->db, pass->why);
	pass->committed = !err || err == TR_ABSENT; /* if only in a file that is gone */
	return err;
}

/* What it said of itself, but no promise of an earlier one that settle() has still to look at.
 */
static void take_back(const struct pass *pass)
{
	struct tr_spool_page *page = pass->player->spool->page;

	if (pass->promised)
		atomic_store(&page->line, 0);
	atomic_store(
	    &page->job_id, pass->job_before); /* another runner's job may get the new one */
}

enum tr_err tr_player_step(
    struct tr_player *player, struct tr_ledger *db, int beat, struct tr_why *why)
{
	struct pass pass = {.player = player,
	    .db = db,
	    .job_before = atomic_load(&player->spool->page->job_id),
	    .why = why};
	enum tr_err err = tr_ledger_begin(db, why);

	player->rival = 0;
	if (!err)
		err = play(&pass, beat);
	if (err) {
		tr_ledger_rollback(db);
		if (!pass.committed)
			take_back(&pass);
		return err;
	}
	tr_spool_done(player->spool, pass.to);
	player->ended = pass.has_end;
	player->refused += pass.refused;
	return TR_OK;
}

void tr_player_tell_refused(const struct tr_player *player)
{
	if (player->refused)
		tr_errlog("%lld lines were refused by the database: %s",
		    (long long)player->refused, player->refusal.text);
}
