/* github.c: workflow commands of GitHub Actions.
 *
 * - "Workflow commands for GitHub Actions", docs.github.com; what it leaves open is as the
 *   runner has it (actions/runner, ActionCommand.cs).
 * - Commands without a meaning here, say `::set-output …::`, stay lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "progress/formats.h"
#include "progress/text.h"

#define DATA_CODES "%25%%0A\n%0D\r"
#define PROPERTY_CODES DATA_CODES "%3A:%2C,"

/* One command in its line. */
struct command {
	char *name;
	size_t name_len;
	char *properties; /* `file=app.js,line=1` */
	char *data;
};

/* Reads `::name properties::data`. Returns 0 where it is something else. */
static int read_command(struct command *c, char *line)
{
	char *at = tr_text_after(tr_text_skip_blanks(line), "::");

	if (!at)
		return 0;
	c->name = at;
	while (isalpha((unsigned char)*at) || *at == '-')
		at++;
	c->name_len = (size_t)(at - c->name);
	c->properties = tr_text_skip_blanks(at);
	at = strstr(at, "::");
	c->data = at ? at + 2 : NULL;
	return at && (c->properties > c->name + c->name_len || c->properties == at);
}

/* Ends the texts of a command that is taken. */
static void cut_command(struct command *c)
{
	c->data[-2] = '\0';
	tr_text_unescape(c->data, DATA_CODES, 3);
}

/* Appends the value of a property, and separator; nothing where there is none. */
static char *add(char *out, const struct command *c, const char *name, const char *separator)
{
	char *end = tr_text_property(out, c->properties, ',', name, PROPERTY_CODES);

	return end == out ? out : stpcpy(end, separator);
}

/* `::error file=app.js,line=10,title=Lint::message` as "app.js:10: Lint: message", which is
 * shorter, so it fits. */
static void annotate(
    struct tr_reader *r, enum tr_markup_from from, const char *level, struct command *c)
{
	char *out = r->text;

	cut_command(c);
	out = add(out, c, "file", ":");
	out = add(out, c, "line", ":");
	out = add(out, c, "col", ":");
	out = stpcpy(out, out > r->text ? " " : "");
	out = add(out, c, "title", ": ");
	strcpy(out, c->data);
	tr_reader_lines(r, from, level, r->text);
}

/* Keeps the token; one that is too long could never end what it began. */
static enum tr_take stop(struct tr_reader *r, const char *token)
{
	if (!*token || strlen(token) >= sizeof(r->stop_token))
		return TR_TAKE_NOT;
	strcpy(r->stop_token, token);
	return TR_TAKE_OUT;
}

enum verb { ANNOTATE, GROUP, END_GROUP, MASK, STOP };

static const struct {
	const char *name;
	enum verb verb;
	const char *level;
} commands[] = {
    {"error", ANNOTATE, "error"},
    {"warning", ANNOTATE, "warn"},
    {"notice", ANNOTATE, "info"},
    {"debug", ANNOTATE, "debug"},
    {"group", GROUP, NULL},
    {"endgroup", END_GROUP, NULL},
    {"add-mask", MASK, NULL},
    {"stop-commands", STOP, NULL},
};

static enum tr_take run(struct tr_reader *r, enum tr_markup_from from, enum verb verb,
    const char *level, struct command *c)
{
	if (verb == STOP)
		return stop(r, c->data);
	if (verb == ANNOTATE) {
		annotate(r, from, level, c);
		return TR_TAKE_OUT;
	}
	cut_command(c);
	if (verb == GROUP)
		tr_reader_begin(r, from, TR_SECTION_GROUP, "", c->data);
	else if (verb == END_GROUP)
		tr_reader_end(r, from, TR_SECTION_GROUP, "");
	else
		tr_reader_mask(r, from, c->data);
	return TR_TAKE_OUT;
}

enum tr_take tr_take_github(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	struct command c;

	if (!read_command(&c, line))
		return TR_TAKE_NOT;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strlen(commands[i].name) == c.name_len &&
		    strncasecmp(commands[i].name, c.name, c.name_len) == 0)
			return run(r, from, commands[i].verb, commands[i].level, &c);
	return TR_TAKE_NOT;
}

int tr_github_resumes(struct tr_reader *r, char *line)
{
	char *at = tr_text_after(tr_text_skip_blanks(line), "::");

	at = at ? tr_text_after(at, r->stop_token) : NULL;
	if (!at || strcmp(at, "::") != 0)
		return 0;
	r->stop_token[0] = '\0';
	return 1;
}
