/* seams.h: the functions of the watch that mutants put themselves in front of, by the linker's
 * --wrap, so that the product's source holds no test hook.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_SEAMS_H
#define TR_PROOF_SEAMS_H

#include "watch/notify.h"
#include "watch/walindex.h"
#include "watch/watch.h"

bool __wrap_tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head);
bool __real_tr_walindex_in_flight(sqlite3 *db, const struct tr_walindex *head);

void __wrap_tr_notify_open(struct tr_notify *n, const char *db_path, bool wal);
void __real_tr_notify_open(struct tr_notify *n, const char *db_path, bool wal);

void __wrap_tr_watch_read_done(struct tr_watch *w, enum tr_err how);
void __real_tr_watch_read_done(struct tr_watch *w, enum tr_err how);

int __wrap_tr_watch_fd(const struct tr_watch *w);
int __real_tr_watch_fd(const struct tr_watch *w);

#endif
