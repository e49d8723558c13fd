/* leftover.h: finds the spools that earlier runners had to leave, and plays them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_LEFTOVER_H
#define TR_RUN_LEFTOVER_H

#include "base/buf.h"
#include "run/player.h"
#include "run/spool.h"

/* Paths of spools, each with its NUL; those in use are among them. {0} before. */
struct tr_leftovers {
	struct tr_buf paths;
	size_t at; /* of the next one */
	int open;  /* one is being played: */
	struct tr_spool spool;
	struct tr_player player;
};

/* Lists what is in this user's directories (place.h). TR_OK or TR_NOMEM; release with
 * tr_leftovers_free() in both cases. */
enum tr_err tr_leftovers_list(struct tr_leftovers *leftovers, struct tr_why *why);

/* Which are meant. NULL: any. */
struct tr_leftover_of {
	const char *db;	  /* those of this database, an absolute path */
	const char *host; /* those of this host: where homes are shared, a lock may not be */
};

/* Opens the next of them. 1: it is to be played; 0: there are no more. Those that a runner uses
 * are left out. */
int tr_leftovers_next(struct tr_leftovers *leftovers, const struct tr_leftover_of *of);

/* Opens the one at path. TR_OK: it is to be played; otherwise as tr_spool_open(). */
enum tr_err tr_leftovers_take(
    struct tr_leftovers *leftovers, const char *path, struct tr_why *why);

/* Plays the open one into its database, or into the one at db where that is not NULL, and
 * removes it; after a failure it stays, and what was played is not played again. It is no
 * longer open. Errors as tr_ledger_open() and tr_player_step(). */
enum tr_err tr_leftovers_play(
    struct tr_leftovers *leftovers, const char *db, struct tr_why *why);

/* Plays a batch of them into their database, of->db, which `db` has open. 1: there may be more;
 * 0: no, or the database failed. */
int tr_leftovers_step(
    struct tr_leftovers *leftovers, const struct tr_leftover_of *of, struct tr_ledger *db);

void tr_leftovers_free(struct tr_leftovers *leftovers);

#endif
