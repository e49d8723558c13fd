/* level.c: the level that a line claims for itself.
 *
 * - Reads at most some words at the line's beginning, so its cost does not grow with the line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/level.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define STAMPS_MAX 4 /* before the level: `2026-11-21 12:00:01,123 [main] ERROR` */
#define STAMP_MIN_BYTES 5
#define BRACKET_MAX_BYTES 64
#define WORD_MAX_BYTES 16

static const char debug[] = "debug", info[] = "info", warn[] = "warn", error[] = "error";

static const struct {
	const char *word;
	size_t len;
	const char *level;
} words[] = {
#define WORD(word, level)                                                                      \
	{                                                                                      \
		word, sizeof(word) - 1, level                                                  \
	}
    WORD("emerg", error),
    WORD("emergency", error),
    WORD("alert", error),
    WORD("crit", error),
    WORD("critical", error),
    WORD("panic", error),
    WORD("fatal", error),
    WORD("fatal error", error),
    WORD("parse error", error),
    WORD("severe", error),
    WORD("err", error),
    WORD("error", error),
    WORD("warn", warn),
    WORD("warning", warn),
    WORD("notice", info),
    WORD("deprecated", info),
    WORD("info", info),
    WORD("debug", debug),
    WORD("trace", debug),
#undef WORD
};

/* What stands before a line's level and is neither a time nor in brackets. */
static const char *const programs[] = {"PHP ", "npm ", "time=", "ts="};

struct cursor {
	const char *at, *end;
};

static int begins(struct cursor c, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(c.end - c.at) >= len && memcmp(c.at, text, len) == 0;
}

static size_t span(struct cursor c, const char *set)
{
	const char *at = c.at;

	while (at < c.end && *at && strchr(set, *at))
		at++;
	return (size_t)(at - c.at);
}

static size_t letters(struct cursor c)
{
	const char *at = c.at;

	while (at < c.end && isalpha((unsigned char)*at))
		at++;
	return (size_t)(at - c.at);
}

static const char *level_named(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].len == len && strncasecmp(words[i].word, word, len) == 0)
			return words[i].level;
	return NULL;
}

/* The length of what is in brackets at the cursor, both included; 0: nothing is. */
static size_t bracketed(struct cursor c)
{
	size_t room = (size_t)(c.end - c.at);
	const char *close;

	if (!begins(c, "["))
		return 0;
	close = memchr(c.at, ']', room < BRACKET_MAX_BYTES ? room : BRACKET_MAX_BYTES);
	return close ? (size_t)(close + 1 - c.at) : 0;
}

/* `[error]`, `[ERROR ]` */
static const char *in_brackets(struct cursor c)
{
	size_t len = bracketed(c);

	if (!len)
		return NULL;
	c.end = c.at + len - 1;
	c.at++;
	c.at += span(c, " ");
	len = letters(c);
	c.at += len;
	return span(c, " ") == (size_t)(c.end - c.at) ? level_named(c.at - len, len) : NULL;
}

/* `error:`, `Fatal error:`, and apt's `E: `, `W: `, `N: ` */
static const char *before_colon(struct cursor c)
{
	size_t room = (size_t)(c.end - c.at);
	const char *colon = memchr(c.at, ':', room < WORD_MAX_BYTES ? room : WORD_MAX_BYTES);

	if (!colon)
		return NULL;
	if (begins(c, "E: "))
		return error;
	if (begins(c, "W: "))
		return warn;
	if (begins(c, "N: "))
		return info;
	return level_named(c.at, (size_t)(colon - c.at));
}

/* `ERROR something`: in capitals, and no word of a sentence that begins so */
static const char *in_capitals(struct cursor c)
{
	size_t len = letters(c);

	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)c.at[i]))
			return NULL;
	c.at += len;
	return c.at == c.end || span(c, " \t|!-") ? level_named(c.at - len, len) : NULL;
}

/* `level=error`, `level="error"` */
static const char *as_logfmt(struct cursor c)
{
	size_t len;

	if (!begins(c, "level="))
		return NULL;
	c.at += strlen("level=");
	c.at += span(c, "\"");
	len = letters(c);
	return level_named(c.at, len);
}

/* The length of a time, of brackets without a level, or of a program's name; 0: none of them.
 */
static size_t stamp(struct cursor c)
{
	size_t len = bracketed(c);

	if (len)
		return len;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (begins(c, programs[i]))
			return strlen(programs[i]);
	len = span(c, "0123456789:.,/-+TZ\"");
	c.end = c.at + len;
	return len >= STAMP_MIN_BYTES && isdigit((unsigned char)c.at[*c.at == '"']) &&
		       span(c, "0123456789\"T") < len
		   ? len
		   : 0;
}

const char *tr_claimed_level(const char *text, size_t len)
{
	struct cursor c = {text, text + len};
	const char *level = NULL;
	size_t skip = 1;

	if (tr_claimed_prefix(text, len))
		return text[1] <= '3'	? error
		       : text[1] == '4' ? warn
		       : text[1] <= '6' ? info
					: debug;
	for (int stamps = 0; skip && stamps <= STAMPS_MAX; stamps++) {
		c.at += span(c, " \t");
		level = in_brackets(c);
		level = level ? level : before_colon(c);
		level = level ? level : in_capitals(c);
		level = level ? level : as_logfmt(c);
		skip = level ? 0 : stamp(c);
		c.at += skip;
	}
	return level;
}

size_t tr_claimed_prefix(const char *text, size_t len)
{
	return len >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' && text[2] == '>'
		   ? 3
		   : 0;
}
