/* database.h: examines the database file: what it is, where it lies, who may use it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_DATABASE_H
#define TR_DOCTOR_DATABASE_H

#include "base/cursor.h"
#include "doctor/finding.h"

/* Appends what there is to say about the database at path, and copies its epoch ("": it could
 * not be read). web_user serves the page; NULL: find out who. Nothing is changed, and no file
 * is left beside the database that was not there. TR_OK; TR_ABSENT where nobody is called
 * web_user, with the sentence in *why. */
enum tr_err tr_database_examine(struct tr_findings *out, const char *path, const char *web_user,
    char epoch[TR_EPOCH_SIZE], struct tr_why *why);

#endif
