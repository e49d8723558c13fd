/* scene.c: sets up and clears away what a trap needs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "scene: %s\n", what);
	abort();
}

void scene_begin(struct scene *s, const char *journal_mode)
{
	char pragma[64];

	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/tailrow-watch-XXXXXX");
	must(mkdtemp(s->dir) != NULL, "no directory");
	snprintf(s->db, sizeof(s->db), "%s/t.db", s->dir);
	snprintf(s->wal, sizeof(s->wal), "%s-wal", s->db);
	puppet_start(&s->a);
	puppet_start(&s->b);
	puppet_open(&s->a, s->db);
	snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode=%s", journal_mode);
	must(puppet_sql(&s->a, pragma) == SQLITE_OK, "no such journal mode");
	must(puppet_sql(&s->a, "PRAGMA cache_size=10; CREATE TABLE t("
			       "id INTEGER PRIMARY KEY AUTOINCREMENT, pad)") == SQLITE_OK,
	    "no table");
}

void scene_follow(struct scene *s)
{
	must(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE) == SQLITE_OK, "no follower");
	must(follower_look(&s->f) == TR_LOOK_WAIT, "the follower does not come to rest");
	scene_turn_for(s, 20);
}

void scene_turn_for(struct scene *s, int ms)
{
	int64_t until_ns = tr_mono_ns() + ms * TR_NS_PER_MS;

	while (tr_mono_ns() < until_ns)
		follower_turn(&s->f, until_ns);
}

void scene_insert(struct puppet *p)
{
	must(puppet_sql(p, SCENE_INSERT) == SQLITE_OK, "no row");
}

int scene_found(struct scene *s, int64_t id)
{
	const struct follower *f = &s->f;

	if (follower_waits_for(&s->f, id, SCENE_WITHIN_MS) && f->last_id == id &&
	    !f->not_in_order && !f->by_sweep && !f->failed)
		return 1;
	fprintf(stderr,
	    "row %lld wanted: last %lld, out of order %lld, by the sweep %lld, error %d\n",
	    (long long)id, (long long)f->last_id, (long long)f->not_in_order,
	    (long long)f->by_sweep, f->failed);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void scene_end(struct scene *s)
{
	follower_close(&s->f);
	puppet_kill(&s->a);
	puppet_kill(&s->b);
	nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
