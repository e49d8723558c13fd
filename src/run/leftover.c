/* leftover.c: finds the spools that earlier runners had to leave, and plays them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/leftover.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 10000
#define BATCH_BYTES                                                                            \
	(2 * TR_RECORD_MAX_BYTES) /* the lines of a job that runs do not wait long */

static int is_spool_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return *name != '.' && dot && strcmp(dot, ".spool") == 0;
}

static void list_place(struct tr_leftovers *leftovers, const struct tr_place *place)
{
	DIR *dir = opendir(place->path);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (is_spool_name(entry->d_name)) {
			tr_buf_addf(&leftovers->paths, "%s/%s", place->path, entry->d_name);
			tr_buf_add(&leftovers->paths, "", 1);
		}
	closedir(dir);
}

enum tr_err tr_leftovers_list(struct tr_leftovers *leftovers, struct tr_why *why)
{
	struct tr_place place;

	for (int n = 0; n < TR_PLACES; n++)
		if (tr_place_open(&place, n, 0)) {
			list_place(leftovers, &place);
			tr_place_close(&place);
		}
	if (!tr_buf_err(&leftovers->paths))
		return TR_OK;
	tr_buf_free(&leftovers->paths);
	return tr_fail(why, TR_NOMEM, "out of memory");
}

static void close_one(struct tr_leftovers *l)
{
	if (!l->open)
		return;
	tr_player_tell_refused(&l->player);
	if (l->player.ended)
		tr_spool_remove(&l->spool);
	tr_player_free(&l->player);
	tr_spool_close(&l->spool);
	l->open = 0;
}

enum tr_err tr_leftovers_take(
    struct tr_leftovers *leftovers, const char *path, struct tr_why *why)
{
	struct tr_leftovers *l = leftovers;
	enum tr_err err = tr_spool_open(&l->spool, path, why);

	if (err)
		return err;
	l->open = 1;
	err = tr_player_init(&l->player, &l->spool, why);
	l->player.orphan = 1;
	l->player.batch_bytes = BATCH_BYTES;
	if (err)
		close_one(l);
	return err;
}

static int is_text(const char *text, const char *wanted)
{
	return !wanted || (text && strcmp(text, wanted) == 0);
}

int tr_leftovers_next(struct tr_leftovers *leftovers, const struct tr_leftover_of *of)
{
	struct tr_leftovers *l = leftovers;

	while (l->at < l->paths.len) {
		const char *path = l->paths.data + l->at;

		l->at += strlen(path) + 1;
		if (tr_leftovers_take(l, path, NULL))
			continue;
		if (is_text(l->spool.job.db, of->db) && is_text(l->spool.job.is.host, of->host))
			return 1;
		close_one(l);
	}
	return 0;
}

enum tr_err tr_leftovers_play(
    struct tr_leftovers *leftovers, const char *db, struct tr_why *why)
{
	struct tr_leftovers *l = leftovers;
	struct tr_ledger *ledger;
	enum tr_err err = tr_ledger_open(&ledger, db ? db : l->spool.job.db, BUSY_MS, why);

	while (!err && !l->player.ended)
		err = tr_player_step(&l->player, ledger, 0, why);
	tr_ledger_close(ledger);
	close_one(l);
	return err;
}

int tr_leftovers_step(
    struct tr_leftovers *leftovers, const struct tr_leftover_of *of, struct tr_ledger *db)
{
	struct tr_leftovers *l = leftovers;
	struct tr_why why = {0}; /* what fails is left, and not worth a word */

	if (!l->open && !tr_leftovers_next(l, of))
		return 0;
	if (tr_player_step(&l->player, db, 0, &why)) {
		close_one(l);
		l->at = l->paths.len; /* another runner may be luckier */
		return 0;
	}
	if (l->player.ended)
		close_one(l);
	return 1;
}

void tr_leftovers_free(struct tr_leftovers *leftovers)
{
	close_one(leftovers);
	tr_buf_free(&leftovers->paths);
}
