/* buildkite.c: headers of Buildkite's log, `--- t`, `+++ t`, `~~~ t`.
 *
 * - "Managing log output", buildkite.com/docs/pipelines. Nothing marks them but three
 *   characters, so what else begins so is told apart: unified diffs (`--- a` with `+++ b`
 *   below it, and the lines of their hunks), go test's verdicts, headings between two rules.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "progress/escape.h"
#include "progress/formats.h"
#include "progress/text.h"

#define TITLE_AT 4 /* behind `--- ` */
#define DIGITS "0123456789"

static int is_verdict(const char *title)
{
	return tr_text_after(title, "PASS: ") || tr_text_after(title, "FAIL: ") ||
	       tr_text_after(title, "SKIP: ") || tr_text_after(title, "BENCH: ");
}

static int is_path(const char *title)
{
	return !strpbrk(title, " \t") && strpbrk(title, "/.");
}

static int ends_with_rule(const char *title)
{
	size_t len = strlen(title);

	return len > 3 && strspn(title + len - 3, "-+~=") == 3;
}

/* Begins with a letter, or with an emoji as `:name:` or as itself. */
static int is_title(const char *title)
{
	unsigned char first = (unsigned char)*title;

	return (isalpha(first) || first == ':' || first >= 0x80) && !strchr(title, '\t') &&
	       !is_path(title) && !ends_with_rule(title) && !is_verdict(title);
}

enum tr_take tr_take_buildkite(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	int may_be_diff = *line == '-';

	if (is_title(line + TITLE_AT)) {
		if (may_be_diff && tr_reader_hold(r, from, TR_HELD_HEADER))
			return TR_TAKE_OUT;
		tr_reader_begin(r, from, TR_SECTION_HEADER, "", line + TITLE_AT);
		return TR_TAKE_OUT;
	}
	if (may_be_diff) {
		r->diff[from].new_file = 1;
		r->alert[from] = 1;
	}
	return TR_TAKE_NOT;
}

void tr_buildkite_settle(struct tr_reader *r, enum tr_markup_from from, const char *next)
{
	struct tr_held *held = r->held + from;
	char line[sizeof(held->lines)];

	if (next && tr_text_after(next, "+++ ")) {
		tr_reader_release(r, from);
		r->diff[from].new_file = 1;
		return;
	}
	tr_escape_strip(line, held->lines, held->len - strlen("\n"));
	tr_reader_drop(r, from);
	tr_reader_begin(r, from, TR_SECTION_HEADER, "", line + TITLE_AT);
}

/* Behind `A,B` or `A`, with B, or 1, in *lines. */
static const char *read_range(const char *at, long *lines)
{
	at += strspn(at, DIGITS);
	*lines = 1;
	if (*at == ',') {
		*lines = strtol(at + 1, NULL, 10);
		at += 1 + strspn(at + 1, DIGITS);
	}
	return at;
}

enum tr_take tr_take_diff_hunk(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	struct tr_diff *diff = r->diff + from;
	const char *at = read_range(line + strlen("@@ -"), &diff->old_left);

	at = tr_text_after(at, " +");
	if (at)
		read_range(at, &diff->new_left);
	r->alert[from] = 1;
	return TR_TAKE_NOT;
}

/* Counts a line of a hunk: ' ' stands in both files, '-' in the old and '+' in the new one. */
static int count_hunk_line(struct tr_diff *diff, char first)
{
	int is_old = first == ' ' || first == '-' || !first;
	int is_new = first == ' ' || first == '+' || !first;

	if (diff->old_left <= 0 && diff->new_left <= 0)
		return 0;
	if (!is_old && !is_new && first != '\\') {
		diff->old_left = diff->new_left = 0;
		return 0;
	}
	diff->old_left -= is_old;
	diff->new_left -= is_new;
	return 1;
}

int tr_diff_goes_on(struct tr_reader *r, enum tr_markup_from from, const char *line)
{
	struct tr_diff *diff = r->diff + from;
	int is_new_file = diff->new_file && tr_text_after(line, "+++ ");

	diff->new_file = 0;
	if (!is_new_file && !count_hunk_line(diff, *line))
		return 0;
	r->alert[from] = 1;
	return 1;
}
