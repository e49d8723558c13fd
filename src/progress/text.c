/* text.c: what the formats have in common when they take a line to pieces.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void tr_text_copy(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		for (len = size - 1; len && (text[len] & 0xc0) == 0x80; len--)
			;
	memcpy(out, text, len);
	out[len] = '\0';
}

char *tr_text_after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? (char *)text + len : NULL;
}

char *tr_text_skip_blanks(const char *text)
{
	return (char *)text + strspn(text, " \t");
}

static const char *skip_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

char *tr_text_number(const char *text, double *value)
{
	const char *point = skip_digits(text), *end = point;
	double digits = 0, scale = 1;

	if (point == text)
		return NULL;
	if ((*point == '.' || *point == ',') && isdigit((unsigned char)point[1]))
		end = skip_digits(point + 1);
	for (const char *at = text; at < end; at++) {
		if (at == point)
			continue;
		digits = digits * 10 + (*at - '0');
		scale *= at > point ? 10 : 1;
	}
	*value = digits / scale;
	return (char *)end;
}

void tr_text_unescape(char *text, const char *codes, size_t width)
{
	char *out = text;
	const char *code;

	while (*text) {
		for (code = codes; *code && strncasecmp(text, code, width) != 0;
		     code += width + 1)
			;
		*out++ = *code ? code[width] : *text;
		text += *code ? width : 1;
	}
	*out = '\0';
}

char *tr_text_property(
    char *out, const char *properties, char separator, const char *name, const char *codes)
{
	size_t name_len = strlen(name), len;
	const char *at = properties, *end;

	*out = '\0';
	for (; at; at = *end ? end + 1 : NULL) {
		at += strspn(at, " ");
		end = strchrnul(at, separator);
		if (strncmp(at, name, name_len) != 0 || at[name_len] != '=')
			continue;
		at += name_len + 1;
		len = (size_t)(end - at);
		memcpy(out, at, len);
		out[len] = '\0';
		tr_text_unescape(out, codes, 3);
		break;
	}
	return out + strlen(out);
}
