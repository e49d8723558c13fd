/* teamcity.c: service messages of TeamCity.
 *
 * - "Service Messages", jetbrains.com/help/teamcity.
 * - Messages without a meaning here, say `testStarted`, stay lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

/* Writes a UTF-16 code unit as UTF-8; half of a surrogate pair becomes U+FFFD. */
static char *put_unit(char *out, unsigned unit)
{
	if (unit >= 0xd800 && unit <= 0xdfff)
		unit = 0xfffd;
	if (unit < 0x80) {
		*out++ = (char)unit;
	} else if (unit < 0x800) {
		*out++ = (char)(0xc0 | unit >> 6);
		*out++ = (char)(0x80 | (unit & 0x3f));
	} else {
		*out++ = (char)(0xe0 | unit >> 12);
		*out++ = (char)(0x80 | (unit >> 6 & 0x3f));
		*out++ = (char)(0x80 | (unit & 0x3f));
	}
	return out;
}

/* Copies one character of a value from *in, which moves behind it. Unknown escapes stay. */
static char *put_character(char *out, const char **in)
{
	static const char codes[] = "nr|'[]", meant[] = "\n\r|'[]";
	const char *at = *in, *code = at[1] ? strchr(codes, at[1]) : NULL;
	unsigned unit;
	int len = 0;

	if (*at == '|' && code) {
		*in += 2;
		*out++ = meant[code - codes];
	} else if (sscanf(at, "|0x%4x%n", &unit, &len) == 1 && unit && len == 7) {
		*in += len;
		out = put_unit(out, unit);
	} else {
		*out++ = *(*in)++;
	}
	return out;
}

/* Decodes the value whose quote is at, to out; behind its other quote, or NULL where it has
 * none. */
static const char *decode(char *out, const char *at)
{
	for (at++; *at && *at != '\'';)
		out = put_character(out, &at);
	*out = '\0';
	return *at ? at + 1 : NULL;
}

/* Decodes the value of an attribute, `name='value'` among others or, with the name "", a value
 * alone, to out, which has room for all of them. Returns 0 where there is none. */
static int attribute(char *out, const char *attributes, const char *name)
{
	const char *at = attributes;
	size_t len;

	while (at) {
		at = tr_text_skip_blanks(at);
		len = strcspn(at, "=' ]");
		if (at[len + (at[len] == '=')] != '\'')
			break;
		if (strlen(name) == len && strncmp(at, name, len) == 0)
			return decode(out, at + len + (at[len] == '=')) != NULL;
		at = decode(out, at + len + (at[len] == '='));
	}
	*out = '\0';
	return 0;
}

static enum tr_take progress(
    struct tr_reader *r, enum tr_markup_from from, const char *attributes)
{
	if (!attribute(r->text, attributes, ""))
		return TR_TAKE_NOT;
	tr_reader_step(r, from, r->text);
	tr_reader_lines(r, from, "info", r->text);
	return TR_TAKE_OUT;
}

static enum tr_take progress_finish(
    struct tr_reader *r, enum tr_markup_from from, const char *attributes)
{
	(void)attributes;
	tr_reader_step(r, from, "");
	return TR_TAKE_OUT;
}

static enum tr_take block_opened(
    struct tr_reader *r, enum tr_markup_from from, const char *attributes)
{
	if (!attribute(r->text, attributes, "name"))
		return TR_TAKE_NOT;
	tr_reader_begin(r, from, TR_SECTION_BLOCK, r->text, r->text);
	return TR_TAKE_OUT;
}

static enum tr_take block_closed(
    struct tr_reader *r, enum tr_markup_from from, const char *attributes)
{
	if (!attribute(r->text, attributes, "name"))
		return TR_TAKE_NOT;
	tr_reader_end(r, from, TR_SECTION_BLOCK, r->text);
	return TR_TAKE_OUT;
}

static enum tr_take message(
    struct tr_reader *r, enum tr_markup_from from, const char *attributes)
{
	const char *level = "info";

	if (attribute(r->text, attributes, "status")) {
		if (strcmp(r->text, "WARNING") == 0)
			level = "warn";
		else if (strcmp(r->text, "ERROR") == 0 || strcmp(r->text, "FAILURE") == 0)
			level = "error";
	}
	if (!attribute(r->text, attributes, "text"))
		return TR_TAKE_NOT;
	tr_reader_lines(r, from, level, r->text);
	if (attribute(r->text, attributes, "errorDetails") && *r->text)
		tr_reader_lines(r, from, level, r->text);
	return TR_TAKE_OUT;
}

static enum tr_take build_problem(
    struct tr_reader *r, enum tr_markup_from from, const char *attributes)
{
	if (!attribute(r->text, attributes, "description"))
		return TR_TAKE_NOT;
	tr_reader_lines(r, from, "error", r->text);
	return TR_TAKE_OUT;
}

static const struct {
	const char *name;
	enum tr_take (*take)(
	    struct tr_reader *r, enum tr_markup_from from, const char *attributes);
} messages[] = {
    {"progressMessage ", progress},
    {"progressStart ", progress},
    {"progressFinish ", progress_finish},
    {"blockOpened ", block_opened},
    {"blockClosed ", block_closed},
    {"message ", message},
    {"buildProblem ", build_problem},
};

enum tr_take tr_take_teamcity(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	const char *name = tr_text_after(tr_text_skip_blanks(line), "##teamcity["), *attributes;

	for (size_t i = 0; name && i < sizeof(messages) / sizeof(*messages); i++) {
		attributes = tr_text_after(name, messages[i].name);
		if (attributes)
			return messages[i].take(r, from, attributes);
	}
	return TR_TAKE_NOT;
}
