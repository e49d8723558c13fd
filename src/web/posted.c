/* posted.c: what a publisher sends as JSON: a job, or lines.
 *
 * - A text that cannot be kept as it is is refused: cJSON would end it at its first NUL.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/posted.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define WHOLE_NUMBERS 9007199254740992.0 /* 2^53: so far a double has each of them */

/* The members of a job that may be set, and their columns. */
static const struct member {
	const char *name;
	const char *column;
	enum tr_value_kind kind;
	int may_be_null;
} members[] = {
    {"name", "name", TR_VALUE_TEXT, 0},
    {"state", "state", TR_VALUE_TEXT, 0},
    {"progress", "progress", TR_VALUE_NUMBER, 1},
    {"step", "step", TR_VALUE_TEXT, 1},
    {"url", "url", TR_VALUE_TEXT, 1},
    {"error", "error", TR_VALUE_TEXT, 1},
    {"exitCode", "exit_code", TR_VALUE_INTEGER, 1},
    {"signal", "signal", TR_VALUE_INTEGER, 1},
    {"owner", "owner", TR_VALUE_TEXT, 1},
    {"host", "host", TR_VALUE_TEXT, 1},
    {"cwd", "cwd", TR_VALUE_TEXT, 1},
};

/* Whether the text of a JSON value has the escape of a NUL in it: \u0000 after an even number
 * of backslashes. */
static int has_nul(const char *text)
{
	for (const char *at = text; (at = strstr(at, "\\u0000")); at++) {
		size_t before = 0;

		while (at - before > text && at[-(ptrdiff_t)before - 1] == '\\')
			before++;
		if (before % 2 == 0)
			return 1;
	}
	return 0;
}

static enum tr_err parse(
    struct tr_posted *posted, const struct tr_buf *body, struct tr_why *why)
{
	const char *text = body->data ? body->data : "", *end = text;

	if (tr_utf8_valid(text, body->len) < body->len)
		return tr_fail(why, TR_INVALID,
		    "The JSON is not UTF-8 from byte %zu on. Bytes of any kind can be sent as "
		    "text/plain.",
		    tr_utf8_valid(text, body->len));
	if (strlen(text) == body->len)
		posted->root = cJSON_ParseWithLengthOpts(text, body->len + 1, &end, 1);
	if (!posted->root)
		return tr_fail(why, TR_INVALID, "This is no JSON, from byte %zu on.",
		    (size_t)(end - text));
	if (has_nul(text))
		return tr_fail(why, TR_INVALID,
		    "A text has a NUL (\\u0000) in it. Bytes of any kind can be sent as "
		    "text/plain.");
	return TR_OK;
}

static const struct member *member_of(const char *name)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(name, members[i].name) == 0)
			return &members[i];
	return NULL;
}

static struct tr_text text_of(const cJSON *item)
{
	return (struct tr_text){item->valuestring, strlen(item->valuestring)};
}

static int is_integer(const cJSON *item)
{
	double number = item->valuedouble;

	return cJSON_IsNumber(item) && number >= -WHOLE_NUMBERS && number <= WHOLE_NUMBERS &&
	       (double)(int64_t)number == number;
}

/* Takes the value of a member; 0: it is of another type. */
static int take_value(struct tr_value *value, const struct member *member, const cJSON *item)
{
	*value = (struct tr_value){.column = member->column, .kind = member->kind};
	if (cJSON_IsNull(item)) {
		value->kind = TR_VALUE_NULL;
		return member->may_be_null;
	}
	switch (member->kind) {
	case TR_VALUE_TEXT:
		if (cJSON_IsString(item))
			value->text = text_of(item);
		return cJSON_IsString(item);
	case TR_VALUE_INTEGER:
		if (is_integer(item))
			value->integer = (int64_t)item->valuedouble;
		return is_integer(item);
	default:
		value->number = item->valuedouble;
		return cJSON_IsNumber(item);
	}
}

/* Takes one member; one that is there twice counts as it is the last time. */
static enum tr_err take_member(struct tr_posted *posted, const cJSON *item, struct tr_why *why)
{
	static const char *const types[] = {[TR_VALUE_TEXT] = "text",
	    [TR_VALUE_NUMBER] = "number",
	    [TR_VALUE_INTEGER] = "whole number"};
	const struct member *member = member_of(item->string);
	struct tr_value value;
	size_t i = 0;

	if (!member)
		return tr_fail(
		    why, TR_INVALID, "'%.40s' is nothing that can be set.", item->string);
	if (!take_value(&value, member, item))
		return tr_fail(why, TR_INVALID, "%s is a %s%s.", member->name,
		    types[member->kind], member->may_be_null ? ", or null" : "");
	while (i < posted->value_count && posted->values[i].column != member->column)
		i++;
	posted->values[i] = value;
	if (i == posted->value_count)
		posted->value_count++;
	return TR_OK;
}

enum tr_err tr_posted_job(
    struct tr_posted *posted, const struct tr_buf *body, struct tr_why *why)
{
	enum tr_err err = parse(posted, body, why);
	const cJSON *item;

	if (!err && !cJSON_IsObject(posted->root))
		err = tr_fail(
		    why, TR_INVALID, "Expected an object, such as {\"name\": \"deploy\"}.");
	if (err)
		return err;
	cJSON_ArrayForEach(item, posted->root)
	{
		err = take_member(posted, item, why);
		if (err)
			return err;
	}
	return TR_OK;
}

/* Takes the line's member of that name, if it is one. */
static enum tr_err take_line_member(
    struct tr_log_line *line, size_t line_no, const cJSON *item, struct tr_why *why)
{
	struct tr_text *text = NULL;

	if (strcmp(item->string, "message") == 0)
		text = &line->message;
	else if (strcmp(item->string, "level") == 0)
		text = &line->level;
	else if (strcmp(item->string, "event") == 0)
		text = &line->event;
	if (!text)
		return tr_fail(why, TR_INVALID, "Line %zu: '%.40s' is nothing that a line has.",
		    line_no, item->string);
	if (!cJSON_IsString(item))
		return tr_fail(
		    why, TR_INVALID, "Line %zu: %s is a text.", line_no, item->string);
	*text = text_of(item);
	return TR_OK;
}

static enum tr_err take_line(struct tr_posted *posted, const cJSON *object, struct tr_why *why)
{
	struct tr_log_line *line = &posted->lines[posted->line_count++];
	enum tr_err err = TR_OK;
	const cJSON *item;

	if (!cJSON_IsObject(object))
		return tr_fail(why, TR_INVALID,
		    "Line %zu: expected an object, such as {\"message\": \"cloned\"}.",
		    posted->line_count);
	cJSON_ArrayForEach(item, object)
	{
		err = take_line_member(line, posted->line_count, item, why);
		if (err)
			return err;
	}
	if (!line->message.data)
		err = tr_fail(why, TR_INVALID, "Line %zu has no message.", posted->line_count);
	return err;
}

enum tr_err tr_posted_lines(
    struct tr_posted *posted, const struct tr_buf *body, struct tr_why *why)
{
	enum tr_err err = parse(posted, body, why);
	const cJSON *item;

	if (err)
		return err;
	if (!cJSON_IsArray(posted->root)) {
		posted->lines = calloc(1, sizeof(*posted->lines));
		return posted->lines ? take_line(posted, posted->root, why)
				     : tr_fail(why, TR_NOMEM, "out of memory");
	}
	posted->lines =
	    calloc((size_t)cJSON_GetArraySize(posted->root) + 1, sizeof(*posted->lines));
	if (!posted->lines)
		return tr_fail(why, TR_NOMEM, "out of memory");
	cJSON_ArrayForEach(item, posted->root)
	{
		err = take_line(posted, item, why);
		if (err)
			return err;
	}
	return TR_OK;
}

const struct tr_value *tr_posted_value(const struct tr_posted *posted, const char *column)
{
	for (size_t i = 0; i < posted->value_count; i++)
		if (strcmp(posted->values[i].column, column) == 0)
			return &posted->values[i];
	return NULL;
}

void tr_posted_free(struct tr_posted *posted)
{
	cJSON_Delete(posted->root);
	free(posted->lines);
	*posted = (struct tr_posted){0};
}
