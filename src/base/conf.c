/* conf.c: the settings: which there are, and what the file and the environment say.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/query.h"

#define ENV_PREFIX "TAILROW_"

struct key {
	const char *name;     /* in the file; upper case after ENV_PREFIX in the environment */
	const char *fallback; /* the default, or NULL */
	int64_t min, max;     /* of a number; both 0: a text */
};

static const struct key keys[TR_KEYS] = {
    [TR_KEY_DB] = {"db", NULL, 0, 0},
    [TR_KEY_POOL] = {"pool", "1", 0, 1},
    [TR_KEY_MAX_STREAMS] = {"max_streams", "256", 1, 100000},
    [TR_KEY_MAX_STREAMS_PER_CLIENT] = {"max_streams_per_client", "0", 0, 100000},
    [TR_KEY_WRITE_TIMEOUT_SECONDS] = {"write_timeout_seconds", "30", 1, 86400},
    [TR_KEY_MAX_STREAM_SECONDS] = {"max_stream_seconds", "600", 0, 31536000},
    [TR_KEY_PUBLISH_TOKEN_FILE] = {"publish_token_file", NULL, 0, 0},
    [TR_KEY_PUBLISH_MAX_MB] = {"publish_max_mb", "64", 1, 4096},
    [TR_KEY_PUBLISH_PER_MINUTE] = {"publish_per_minute", "1200", 1, 1000000},
    [TR_KEY_HOLD] = {"hold", NULL, 0, 86400},
    [TR_KEY_TICKET_KEY_FILE] = {"ticket_key_file", NULL, 0, 0},
    [TR_KEY_VISIBLE] = {"visible", "all", 0, 0},
};

extern char **environ;

enum tr_err tr_conf_set(
    struct tr_conf *conf, enum tr_key key, const char *value, struct tr_why *why)
{
	const struct key *k = &keys[key];
	int64_t number;
	char *copy;

	if (k->max && tr_query_number(value, k->min, k->max, &number))
		return tr_fail(why, TR_INVALID,
		    "%s must be a number from %lld to %lld, not '%.40s'", k->name,
		    (long long)k->min, (long long)k->max, value);
	if (!*value)
		return tr_fail(
		    why, TR_INVALID, "%s is empty: give it a value or leave it out", k->name);
	if (key == TR_KEY_VISIBLE && strcmp(value, "all") != 0 && strcmp(value, "owner") != 0)
		return tr_fail(why, TR_INVALID, "visible is all or owner, not '%.40s'", value);
	copy = strdup(value);
	if (!copy)
		return tr_fail(why, TR_NOMEM, "out of memory");
	free(conf->value[key]);
	conf->value[key] = copy;
	return TR_OK;
}

/* A letter of a name as keys[] has it: ASCII whatever the locale, and `-` for `_`. */
static char plain(char c)
{
	if (c == '-')
		return '_';
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The key of that name, letter case apart and with `-` for `_`; TR_KEYS: there is none. */
static enum tr_key find(const char *name, size_t len)
{
	for (int key = 0; key < TR_KEYS; key++) {
		const char *have = keys[key].name;
		size_t i = 0;

		while (i < len && have[i] && plain(name[i]) == have[i])
			i++;
		if (i == len && !have[i])
			return (enum tr_key)key;
	}
	return TR_KEYS;
}

enum tr_err tr_conf_set_named(
    struct tr_conf *conf, const char *name, const char *value, struct tr_why *why)
{
	enum tr_key key = find(name, strlen(name));

	if (key == TR_KEYS)
		return tr_fail(why, TR_ABSENT, "no setting is called '%.40s'", name);
	return tr_conf_set(conf, key, value, why);
}

enum tr_err tr_conf_copy(
    struct tr_conf *conf, enum tr_key key, const struct tr_conf *from, struct tr_why *why)
{
	if (from->value[key])
		return tr_conf_set(conf, key, from->value[key], why);
	free(conf->value[key]);
	conf->value[key] = NULL;
	return TR_OK;
}

enum tr_err tr_conf_merge(struct tr_conf *conf, const struct tr_conf *over, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	for (int key = 0; key < TR_KEYS && !err; key++)
		if (over->value[key])
			err = tr_conf_copy(conf, (enum tr_key)key, over, why);
	return err;
}

enum tr_err tr_conf_env(struct tr_conf *conf, char *const *env, struct tr_why *why)
{
	const size_t prefix_len = sizeof(ENV_PREFIX) - 1;
	enum tr_err err = TR_OK;

	for (; *env && !err; env++) {
		const char *name = *env + prefix_len;
		const char *equals = strchr(*env, '=');
		enum tr_key key;

		if (!equals || strncmp(*env, ENV_PREFIX, prefix_len) != 0)
			continue;
		key = find(name, (size_t)(equals - name));
		if (key != TR_KEYS && equals[1])
			err = tr_conf_set(conf, key, equals + 1, why);
	}
	return err;
}

static enum tr_err take_item(struct tr_conf *conf, const struct tr_ini *ini,
    struct tr_ini_item *item, struct tr_why *why)
{
	struct tr_why reason = {0};
	enum tr_err err = tr_conf_set_named(conf, item->name, item->value, &reason);

	if (!err)
		return TR_OK;
	return tr_fail(why, err == TR_NOMEM ? TR_NOMEM : TR_INVALID, "%s line %d: %s",
	    ini->path, ini->line_no, reason.text);
}

/* Reads up to the first section. */
static enum tr_err read_items(struct tr_conf *conf, struct tr_ini *ini, struct tr_why *why)
{
	struct tr_ini_item item;
	enum tr_err err;

	while (!(err = tr_ini_next(ini, &item, why)) && item.value)
		if ((err = take_item(conf, ini, &item, why)))
			break;
	return err == TR_ABSENT ? TR_OK : err;
}

/* The path that the environment names; NULL: none. */
static const char *named_path(void)
{
	const char *path = getenv(ENV_PREFIX "CONFIG");

	return path && *path ? path : NULL;
}

const char *tr_conf_path(void)
{
	const char *path = named_path();

	return path ? path : TR_CONF_FILE;
}

static enum tr_err read_file(struct tr_conf *conf, struct tr_why *why)
{
	const char *path = tr_conf_path();
	struct tr_ini ini = {.file = fopen(path, "re"), .path = path};
	enum tr_err err;

	if (!ini.file && errno == ENOENT)
		return named_path()
			   ? tr_fail(why, TR_ABSENT,
				 "%s, which TAILROW_CONFIG names, does not exist", path)
			   : TR_OK;
	if (!ini.file)
		return tr_fail(why, errno == EACCES ? TR_DENIED : TR_SYS,
		    "%s cannot be opened: %s", path, strerror(errno));
	err = read_items(conf, &ini, why);
	fclose(ini.file);
	tr_ini_free(&ini);
	return err;
}

enum tr_err tr_conf_load(struct tr_conf *conf, struct tr_why *why)
{
	enum tr_err err = read_file(conf, why);

	return err ? err : tr_conf_env(conf, environ, why);
}

const char *tr_conf_text(const struct tr_conf *conf, enum tr_key key)
{
	return conf->value[key] ? conf->value[key] : keys[key].fallback;
}

int64_t tr_conf_number(const struct tr_conf *conf, enum tr_key key)
{
	return strtoll(tr_conf_text(conf, key), NULL, 10);
}

void tr_conf_free(struct tr_conf *conf)
{
	for (int key = 0; key < TR_KEYS; key++) {
		free(conf->value[key]);
		conf->value[key] = NULL;
	}
}
