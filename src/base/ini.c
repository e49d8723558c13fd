/* ini.c: reads a configuration file: sections, keys, values.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char space[] = " \t\r\n\v\f";

/* The text without white space at either end; cuts it in place. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, space);
	len = strlen(text);
	while (len && strchr(space, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* Whether a line says nothing. */
static int is_idle(const char *line)
{
	line += strspn(line, space);
	return *line == '\0' || *line == '#' || *line == ';';
}

/* Reads a line ahead. TR_OK, and ini->line is NULL at the end; otherwise as tr_ini_next(). */
static enum tr_err read_ahead(struct tr_ini *ini, struct tr_why *why)
{
	ssize_t len;

	do {
		errno = 0;
		len = getline(&ini->line, &ini->cap_bytes, ini->file);
		ini->next_no++;
		if (len >= 0 && strlen(ini->line) != (size_t)len)
			return tr_fail(
			    why, TR_INVALID, "%s line %d: a NUL byte", ini->path, ini->next_no);
	} while (len >= 0 && is_idle(ini->line));
	if (len >= 0)
		return TR_OK;
	free(ini->line);
	ini->line = NULL;
	if (errno == ENOMEM)
		return tr_fail(why, TR_NOMEM, "out of memory");
	if (ferror(ini->file))
		return tr_fail(
		    why, TR_SYS, "%s cannot be read: %s", ini->path, strerror(errno));
	return TR_OK;
}

static size_t indent_of(const char *line)
{
	return strspn(line, space);
}

/* Takes the line read ahead and those that go on with it. */
static enum tr_err take_lines(struct tr_ini *ini, struct tr_why *why)
{
	size_t indent = indent_of(ini->line);
	int is_header = ini->line[indent] == '[';
	enum tr_err err = TR_OK;

	tr_buf_clear(&ini->item);
	ini->line_no = ini->next_no;
	ini->in_section |= is_header;
	do {
		tr_buf_adds(&ini->item, ini->line);
		err = read_ahead(ini, why);
	} while (!err && ini->line && ini->in_section && !is_header &&
		 indent_of(ini->line) > indent);
	if (!err && tr_buf_err(&ini->item))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	return err;
}

static enum tr_err split(
    const struct tr_ini *ini, char *text, struct tr_ini_item *item, struct tr_why *why)
{
	size_t len = strlen(text);
	char *equals = strchr(text, '=');

	*item = (struct tr_ini_item){0};
	if (*text == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		item->name = trim(text + 1);
		return TR_OK;
	}
	if (*text == '[' || !equals)
		return tr_fail(why, TR_INVALID, "%s line %d: expected key = value", ini->path,
		    ini->line_no);
	*equals = '\0';
	item->name = trim(text);
	item->value = trim(equals + 1);
	return TR_OK;
}

enum tr_err tr_ini_next(struct tr_ini *ini, struct tr_ini_item *item, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	if (!ini->next_no)
		err = read_ahead(ini, why);
	if (!err && !ini->line)
		return TR_ABSENT;
	if (!err)
		err = take_lines(ini, why);
	return err ? err : split(ini, trim(ini->item.data), item, why);
}

void tr_ini_free(struct tr_ini *ini)
{
	free(ini->line);
	tr_buf_free(&ini->item);
}
