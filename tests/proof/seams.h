/* seams.h: the functions of the watch that tests and mutants put themselves in front of, by the
 * linker's --wrap, so that the product's source holds no test hook.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_SEAMS_H
#define TR_PROOF_SEAMS_H

#include "watch/notify.h"
#include "watch/walindex.h"
#include "watch/watch.h"

enum tr_walindex_state __wrap_tr_walindex_copy(sqlite3 *db, struct tr_walindex *out);
enum tr_walindex_state __real_tr_walindex_copy(sqlite3 *db, struct tr_walindex *out);

bool __wrap_tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head);
bool __real_tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head);

void __wrap_tr_notify_open(struct tr_notify *n, const char *db_path, bool wal);
void __real_tr_notify_open(struct tr_notify *n, const char *db_path, bool wal);

void __wrap_tr_watch_read_done(struct tr_watch *w, enum tr_err how);
void __real_tr_watch_read_done(struct tr_watch *w, enum tr_err how);

/* What a mutant does when a look has seen that nothing changed, before the sleep. Not defined
 * in the program without a mutant. */
void mutant_after_look(void) __attribute__((weak));

#endif
