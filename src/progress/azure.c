/* azure.c: logging commands of Azure Pipelines; GitHub reads `##[group]` as well.
 *
 * - "Logging commands", learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands.
 * - Commands without a meaning here, say `##vso[task.complete …]`, stay lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

#define CODES "%3B;%0D\r%0A\n%5D]%25%"

static const struct {
	const char *prefix;
	const char *level;
} formats[] = {
    {"##[error]", "error"},
    {"##[warning]", "warn"},
    {"##[debug]", "debug"},
    {"##vso[task.debug]", "debug"},
    {"##[section]", "info"},
    {"##[command]", "info"},
};

static enum tr_take take_format(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	char *text = tr_text_after(line, "##[group]");

	if (text) {
		tr_reader_begin(r, from, TR_SECTION_GROUP, "", text);
		return TR_TAKE_OUT;
	}
	if (tr_text_after(line, "##[endgroup]")) {
		tr_reader_end(r, from, TR_SECTION_GROUP, "");
		return TR_TAKE_OUT;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		text = tr_text_after(line, formats[i].prefix);
		if (text) {
			tr_reader_line(r, from, formats[i].level, text, strlen(text));
			return TR_TAKE_OUT;
		}
	}
	return TR_TAKE_NOT;
}

static int property_is(
    struct tr_reader *r, const char *properties, const char *name, const char *value)
{
	tr_text_property(r->text, properties, ';', name, CODES);
	return strcmp(r->text, value) == 0;
}

static enum tr_take set_progress(
    struct tr_reader *r, enum tr_markup_from from, const char *properties, char *text)
{
	double percent;

	tr_text_property(r->text, properties, ';', "value", CODES);
	if (!tr_text_number(r->text, &percent))
		return TR_TAKE_NOT;
	tr_text_unescape(text, CODES, 3);
	tr_reader_percent(r, from, TR_SOURCE_SCRIPT, percent, *text ? text : NULL);
	return TR_TAKE_OUT;
}

static enum tr_take log_issue(
    struct tr_reader *r, enum tr_markup_from from, const char *properties, char *text)
{
	const char *level = property_is(r, properties, "type", "warning") ? "warn" : "error";

	tr_text_unescape(text, CODES, 3);
	tr_reader_lines(r, from, level, text);
	return TR_TAKE_OUT;
}

static enum tr_take set_secret(
    struct tr_reader *r, enum tr_markup_from from, const char *properties, char *text)
{
	(void)properties;
	tr_text_unescape(text, CODES, 3);
	tr_reader_mask(r, from, text);
	return TR_TAKE_OUT;
}

static enum tr_take set_variable(
    struct tr_reader *r, enum tr_markup_from from, const char *properties, char *text)
{
	if (!property_is(r, properties, "issecret", "true"))
		return TR_TAKE_NOT;
	return set_secret(r, from, properties, text);
}

static const struct {
	const char *prefix;
	enum tr_take (*take)(
	    struct tr_reader *r, enum tr_markup_from from, const char *properties, char *text);
} commands[] = {
    {"##vso[task.setprogress ", set_progress},
    {"##vso[task.logissue ", log_issue},
    {"##vso[task.setsecret", set_secret},
    {"##vso[task.setvariable ", set_variable},
};

static enum tr_take take_command(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	char *close = strchr(line, ']'), *properties;
	enum tr_take take = TR_TAKE_NOT;

	if (!close)
		return TR_TAKE_NOT;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		properties = tr_text_after(line, commands[i].prefix);
		if (!properties)
			continue;
		*close = '\0';
		take = commands[i].take(r, from, properties, close + 1);
		*close = ']';
	}
	return take;
}

enum tr_take tr_take_azure(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	enum tr_take take = take_format(r, from, tr_text_skip_blanks(line));

	return take != TR_TAKE_NOT ? take : take_command(r, from, tr_text_skip_blanks(line));
}
