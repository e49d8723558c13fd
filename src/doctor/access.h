/* access.h: what a user may do with a database and the files beside it.
 *
 * - Run by root, another user's rights are tried out in a process that is that user. Otherwise
 *   they are read from owners, groups and mode bits, and access control lists go unseen.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_ACCESS_H
#define TR_DOCTOR_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "doctor/user.h"

struct tr_access {
	size_t barrier_len; /* so much of the path names the first directory that cannot be
			       passed; 0: there is none */
	bool dir_write;
	bool db_read, db_write;
	bool beside;			/* both the -wal and the -shm are there */
	bool beside_read, beside_write; /* what of the two is there */
};

/* Finds out what the user may do with the database at the absolute path, which holds no
 * links. TR_OK; TR_SYS with the sentence in *why. */
enum tr_err tr_access(
    struct tr_access *out, const struct tr_user *user, const char *path, struct tr_why *why);

#endif
