/* section.c: the [stream NAME] sections of the configuration: tables of other programs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"

#define PREFIX "stream"

static const char name_chars[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

static enum tr_err set_text(char **out, const char *value, struct tr_why *why)
{
	if (*out)
		return tr_fail(why, TR_INVALID, "it is set twice");
	if (!*value)
		return tr_fail(why, TR_INVALID, "it is empty");
	*out = strdup(value);
	return *out ? TR_OK : tr_fail(why, TR_NOMEM, "out of memory");
}

static enum tr_err set_database(struct tr_section *s, const char *value, struct tr_why *why)
{
	if (*value && *value != '/')
		return tr_fail(
		    why, TR_INVALID, "it must be an absolute path, not '%.80s'", value);
	return set_text(&s->database, value, why);
}

static enum tr_err set_sql(struct tr_section *s, const char *value, struct tr_why *why)
{
	return set_text(&s->sql, value, why);
}

static enum tr_err set_mode(struct tr_section *s, const char *value, struct tr_why *why)
{
	if (strcmp(value, "append") == 0)
		s->mode = TR_MODE_APPEND;
	else if (strcmp(value, "table") == 0)
		s->mode = TR_MODE_TABLE;
	else
		return tr_fail(why, TR_INVALID, "it is append or table, not '%.40s'", value);
	return TR_OK;
}

static enum tr_err set_topic(struct tr_section *s, const char *value, struct tr_why *why)
{
	if (*value != ':' || value[1 + strspn(value + 1, name_chars)])
		return tr_fail(why, TR_INVALID,
		    "it names a parameter, as :remote_user does, and '%.40s' does not", value);
	return set_text(&s->topic, value + 1, why);
}

static enum tr_err add_allowed(struct tr_section *s, const char *name, struct tr_why *why)
{
	/* What a stream's own parameters are called, and what is bound by us, is not free. */
	static const char *const taken[] = {"after", "limit", "remote_user", "stream", "since",
	    "tail", "hold", "probe", "ticket"};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(name, taken[i]) == 0)
			return tr_fail(why, TR_INVALID, "'%s' has a meaning already", name);
	if (strncmp(name, "ticket_", 7) == 0 || name[strspn(name, name_chars)])
		return tr_fail(why, TR_INVALID, "'%.40s' cannot be a parameter's name", name);
	if (s->allow_count == TR_ALLOW_MAX)
		return tr_fail(why, TR_INVALID, "it lists more than %d names", TR_ALLOW_MAX);
	s->allow[s->allow_count] = strdup(name);
	if (!s->allow[s->allow_count])
		return tr_fail(why, TR_NOMEM, "out of memory");
	s->allow_count++;
	return TR_OK;
}

static enum tr_err set_allow(struct tr_section *s, const char *value, struct tr_why *why)
{
	char *copy = strdup(value), *rest = copy, *name;
	enum tr_err err = copy ? TR_OK : tr_fail(why, TR_NOMEM, "out of memory");

	while (!err && (name = strsep(&rest, ", \t\r\n")))
		if (*name)
			err = add_allowed(s, name, why);
	free(copy);
	return err;
}

static const struct {
	const char *name;
	enum tr_err (*set)(struct tr_section *s, const char *value, struct tr_why *why);
} keys[] = {
    {"database", set_database},
    {"mode", set_mode},
    {"sql", set_sql},
    {"topic", set_topic},
    {"allow", set_allow},
};

static enum tr_err set(struct tr_section *s, const struct tr_ini_item *item, struct tr_why *why)
{
	struct tr_why reason = {0};
	enum tr_err err;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(item->name, keys[i].name) != 0)
			continue;
		err = keys[i].set(s, item->value, &reason);
		return err ? tr_fail(why, err, "%s: %s", item->name, reason.text) : TR_OK;
	}
	return tr_fail(why, TR_INVALID,
	    "a stream has database, mode, sql, topic and allow, and no '%.40s'", item->name);
}

/* What a section lacks, once it has been read. */
static enum tr_err check(const struct tr_section *s, struct tr_why *why)
{
	const char *missing = !s->database ? "database" : !s->sql ? "sql" : NULL;

	if (missing)
		return tr_fail(why, TR_INVALID, "[stream %s] has no %s", s->name, missing);
	if (s->topic && strcmp(s->topic, "remote_user") != 0 &&
	    strncmp(s->topic, "ticket_", 7) != 0 && !tr_section_allows(s, s->topic))
		return tr_fail(why, TR_INVALID,
		    "[stream %s]: topic is :remote_user, :ticket_NAME, or one of allow, not "
		    ":%s",
		    s->name, s->topic);
	return TR_OK;
}

/* Begins the section of that header; *out stays NULL for one that is not ours. */
static enum tr_err begin(struct tr_sections *sections, const char *header,
    struct tr_section **out, struct tr_why *why)
{
	const char *name = header + sizeof(PREFIX) - 1;

	*out = NULL;
	if (strncmp(header, PREFIX, sizeof(PREFIX) - 1) != 0 || !strchr(" \t", *name))
		return TR_OK; /* somebody else's; but [stream] alone is ours, and wrong */
	name += strspn(name, " \t");
	if (!*name || name[strspn(name, name_chars)] || strlen(name) > TR_SECTION_NAME_MAX)
		return tr_fail(why, TR_INVALID,
		    "a stream's name is 1 to %d letters, digits and _, not '%.40s'",
		    TR_SECTION_NAME_MAX, name);
	if (strcmp(name, "jobs") == 0 || tr_sections_find(sections, name))
		return tr_fail(why, TR_INVALID,
		    "there is a stream '%s' already: choose another name", name);
	if (sections->count == TR_SECTIONS_MAX)
		return tr_fail(why, TR_INVALID, "more than %d streams", TR_SECTIONS_MAX);
	*out = &sections->list[sections->count];
	(*out)->name = strdup(name);
	if (!(*out)->name)
		return tr_fail(why, TR_NOMEM, "out of memory");
	sections->count++;
	return TR_OK;
}

static enum tr_err read_file(
    struct tr_sections *sections, struct tr_ini *ini, struct tr_why *why)
{
	struct tr_section *s = NULL;
	struct tr_ini_item item;
	struct tr_why reason = {0};
	enum tr_err err;

	while (!(err = tr_ini_next(ini, &item, why))) {
		if (!item.value)
			err = begin(sections, item.name, &s, &reason);
		else if (s)
			err = set(s, &item, &reason);
		if (err)
			return tr_fail(
			    why, err, "%s line %d: %s", ini->path, ini->line_no, reason.text);
	}
	return err == TR_ABSENT ? TR_OK : err;
}

enum tr_err tr_sections_load(struct tr_sections *sections, const char *path, struct tr_why *why)
{
	struct tr_ini ini = {.file = fopen(path, "re"), .path = path};
	struct tr_why reason = {0};
	enum tr_err err;

	if (!ini.file && errno == ENOENT)
		return TR_OK;
	if (!ini.file)
		return tr_fail(why, errno == EACCES ? TR_DENIED : TR_SYS,
		    "%s cannot be opened: %s", path, strerror(errno));
	err = read_file(sections, &ini, why);
	for (int i = 0; i < sections->count && !err; i++)
		if ((err = check(&sections->list[i], &reason)))
			tr_fail(why, err, "%s: %s", path, reason.text);
	fclose(ini.file);
	tr_ini_free(&ini);
	return err;
}

const struct tr_section *tr_sections_find(const struct tr_sections *sections, const char *name)
{
	for (int i = 0; i < sections->count; i++)
		if (strcmp(sections->list[i].name, name) == 0)
			return &sections->list[i];
	return NULL;
}

int tr_section_allows(const struct tr_section *section, const char *parameter)
{
	for (int i = 0; i < section->allow_count; i++)
		if (strcmp(section->allow[i], parameter) == 0)
			return 1;
	return 0;
}

int tr_section_needs_user(const struct tr_section *section)
{
	static const char user[] = ":remote_user";
	const char *at = section->sql;

	if (section->topic && strcmp(section->topic, user + 1) == 0)
		return 1;
	while ((at = strstr(at, user))) {
		at += sizeof(user) - 1;
		if (!*at || !strchr(name_chars, *at))
			return 1;
	}
	return 0;
}

int tr_section_needs_ticket(const struct tr_section *section)
{
	return strstr(section->sql, ":ticket_") ||
	       (section->topic && strncmp(section->topic, "ticket_", 7) == 0);
}

void tr_sections_free(struct tr_sections *sections)
{
	for (int i = 0; i < sections->count; i++) {
		struct tr_section *s = &sections->list[i];

		free(s->name);
		free(s->database);
		free(s->sql);
		free(s->topic);
		for (int a = 0; a < s->allow_count; a++)
			free(s->allow[a]);
	}
	*sections = (struct tr_sections){0};
}
