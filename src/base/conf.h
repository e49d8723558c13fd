/* conf.h: the settings: which there are, and what the file and the environment say.
 *
 * - Later wins: default, file, environment, request parameter, flag. Each source is one
 *   call, made in that order.
 * - The file is `key = value` lines; `#` and `;` begin a comment line; a `[section]` ends
 *   the part that is read here.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_CONF_H
#define TR_BASE_CONF_H

#include <stdint.h>

#include "base/err.h"

#define TR_CONF_FILE "/etc/tailrow.conf"

enum tr_key {
	TR_KEY_DB,	    /* the database file, a path; no default */
	TR_KEY_POOL,	    /* 1: fork workers on demand; 0: this process serves alone */
	TR_KEY_MAX_STREAMS, /* event streams open at once in the pool */
	TR_KEY_MAX_STREAMS_PER_CLIENT, /* the same from one address; 0: half of max_streams */
	TR_KEY_MAX_STREAM_SECONDS,     /* a stream ends cleanly after so long; 0: never */
	TR_KEY_WRITE_TIMEOUT_SECONDS,  /* a client that takes nothing for so long has gone */
	TR_KEY_HOLD, /* no stream holds longer, 0: each hands over and ends; NULL: as asked */
	TR_KEY_PUBLISH_TOKEN_FILE, /* who has a token in it may publish; NULL: nobody */
	TR_KEY_PUBLISH_MAX_MB,	   /* the most that one request may send */
	TR_KEY_PUBLISH_PER_MINUTE, /* the most requests of all publishers */
	TR_KEY_VISIBLE,		   /* owner: only to REMOTE_USER's own jobs; all */
	TR_KEY_TICKET_KEY_FILE,	   /* whose keys sign tickets; NULL: there are none */
	TR_KEYS
};

struct tr_conf {
	char *value[TR_KEYS]; /* ours; NULL: the default holds */
};

/* Reads the file that TAILROW_CONFIG names (no file: TR_ABSENT), or TR_CONF_FILE (no file:
 * fine), then the environment (TAILROW_DB and so on). *conf is {0} before. TR_OK;
 * TR_INVALID, TR_DENIED, TR_SYS or TR_NOMEM with the file, the line and the cure in *why.
 * Release with tr_conf_free() in every case. */
enum tr_err tr_conf_load(struct tr_conf *conf, struct tr_why *why);

/* The path of that file. */
const char *tr_conf_path(void);

/* Takes what NAME=VALUE strings of env (NULL-terminated) say: the environment, or a request's
 * parameters. Errors as tr_conf_set(). */
enum tr_err tr_conf_env(struct tr_conf *conf, char *const *env, struct tr_why *why);

/* Sets one value, copied. TR_INVALID with the reason in *why where the value cannot be one
 * of that key, and the old value holds. */
enum tr_err tr_conf_set(
    struct tr_conf *conf, enum tr_key key, const char *value, struct tr_why *why);

/* The same for the key of that name, `-` standing for `_`. TR_ABSENT: no key is called so. */
enum tr_err tr_conf_set_named(
    struct tr_conf *conf, const char *name, const char *value, struct tr_why *why);

/* Sets in conf what is set in over. TR_OK or TR_NOMEM. */
enum tr_err tr_conf_merge(struct tr_conf *conf, const struct tr_conf *over, struct tr_why *why);

/* Gives one key the value that it has in from, or has it not set, as there. TR_OK or TR_NOMEM.
 */
enum tr_err tr_conf_copy(
    struct tr_conf *conf, enum tr_key key, const struct tr_conf *from, struct tr_why *why);

/* The value, or the default; NULL where there is neither. Belongs to conf. */
const char *tr_conf_text(const struct tr_conf *conf, enum tr_key key);

/* The same as a number; only for keys whose value is one. */
int64_t tr_conf_number(const struct tr_conf *conf, enum tr_key key);

void tr_conf_free(struct tr_conf *conf);

#endif
