/* scene.h: what every trap needs: a database in a directory of its own, two puppets that
 * write, a follower that watches.
 *
 * - A scene that cannot be set up ends the test program with a message.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_SCENE_H
#define TR_PROOF_SCENE_H

#include "follower.h"
#include "puppet.h"

#define SCENE_INSERT "INSERT INTO t(pad) VALUES('x')"

/* Long enough for a sweep to find what was missed, and be caught at it. */
#define SCENE_WITHIN_MS 3000

/* A transaction that outgrows the writer's cache, so that it is spilled before it ends. */
#define SCENE_BIG "INSERT INTO t(pad) VALUES(randomblob(400000))"

struct scene {
	char dir[64];
	char db[96];
	char wal[104];
	struct puppet a, b;
	struct follower f;
};

/* Makes the directory and an empty table t in the given journal mode; a has it open, b and
 * the follower do not. */
void scene_begin(struct scene *s, const char *journal_mode);

/* Opens the follower read-write and lets it come to rest. */
void scene_follow(struct scene *s);

/* p commits one row. */
void scene_insert(struct puppet *p);

/* Turns the follower until it has read up to the row id. 1: it has, each row once, and no row
 * was left to the sweep; 0: otherwise, and standard error says in what way. */
int scene_found(struct scene *s, int64_t id);

/* Turns the follower for so long, whatever happens. */
void scene_turn_for(struct scene *s, int ms);

/* Stops everything and removes the directory. */
void scene_end(struct scene *s);

#endif
