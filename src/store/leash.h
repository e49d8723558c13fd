/* leash.h: how far a statement of the responder goes, whatever the database's file says.
 *
 * - A file that means harm can have a view, a trigger, a generated column or an index on an
 *   expression that computes for ever, or a schema of megabytes. So a statement ends after
 *   TR_LEASH_MS, is of limited size, and what it sorts stays in memory, which is limited
 *   (base/sandbox.h): temporary files are out of reach.
 * - What the schema itself may call is for trusted_schema and DEFENSIVE (schema.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_LEASH_H
#define TR_STORE_LEASH_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"

/* Ten times what a search may take: a count of millions of jobs on a slow disk is done by then.
 */
#define TR_LEASH_MS 10000

enum tr_leash_may { TR_LEASH_READ, TR_LEASH_WRITE };

/* Must stay where it is while the connection is open. */
struct tr_leash {
	int64_t most_ns;  /* that a statement may take */
	int64_t until_ns; /* when the one that runs is to end */
};

/* Puts the connection on it; where it is to read, no statement can write any more. TR_OK;
 * TR_NOMEM with the sentence in *why. */
enum tr_err tr_leash_put(
    struct tr_leash *leash, sqlite3 *db, enum tr_leash_may may, struct tr_why *why);

/* Puts no clock to it, for a connection that has a shorter one. Errors as above. */
enum tr_err tr_leash_limit(sqlite3 *db, enum tr_leash_may may, struct tr_why *why);

#endif
