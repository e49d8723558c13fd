/* player.h: plays a spool into the database, one transaction at a time.
 *
 * - Each line once, whatever is killed when: before a commit the spool's page says which row of
 *   the log will prove it (struct tr_spool_page).
 * - A job whose row is not there (never made, removed, or the database is another one) is
 *   made; where lines were played before, one line says so.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_PLAYER_H
#define TR_RUN_PLAYER_H

#include "base/clock.h"
#include "base/err.h"
#include "run/spool.h"
#include "store/ledger.h"

struct tr_player {
	struct tr_spool *spool;
	char *bytes; /* the batch that is being played */

	/* Set by whoever plays. */
	int orphan; /* nobody will append: the job ends with the spool, as one that failed */
	int64_t died_ms;    /* when its runner died; at first: when it last wrote */
	size_t batch_bytes; /* how much one transaction takes at most */
	int shy; /* a job of the same key that lives on another host is to be let alone */

	int64_t rival;	       /* that job's id; 0: there is none */
	int ended;	       /* the job's end is committed */
	int full;	       /* the last batch was as large as one can be */
	int64_t refused;       /* lines that a trigger of the table's owner did not take */
	struct tr_why refusal; /* the first time */
	int64_t at_ms;	       /* what `at` holds */
	char at[TR_ISO_SIZE];
};

/* TR_OK, or TR_NOMEM. Release with tr_player_free(). */
enum tr_err tr_player_init(
    struct tr_player *player, struct tr_spool *spool, struct tr_why *why);

/* Commits the job's row where it is missing, what the spool holds (as much as a batch is),
 * and a beat where beat is set. Otherwise nothing is played, and the errors are those of
 * tr_ledger_begin() and tr_ledger_commit(), or TR_SYS: the spool cannot be read, or TR_INVALID:
 * see rival. */
enum tr_err tr_player_step(
    struct tr_player *player, struct tr_ledger *db, int beat, struct tr_why *why);

/* Whether the spool holds what was not played yet. */
int tr_player_behind(const struct tr_player *player);

/* Says on standard error how many lines were refused, and why, if any were. */
void tr_player_tell_refused(const struct tr_player *player);

void tr_player_free(struct tr_player *player);

#endif
