/* report.c: findings, as people and as programs read them.
 *
 * - A column is one character.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/report.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <string.h>

#include "cli/safe.h"

#define INDENT 9 /* "problem" and two spaces */

static const char *const colours[TR_GRADES] = {
    [TR_PROBLEM] = "\033[1;31m", [TR_NOTE] = "\033[33m", [TR_FINE] = "\033[32m"};

static size_t add_safe(struct tr_buf *out, const char *text, size_t len)
{
	return tr_safe_add(out, (struct tr_text){text, len}, SIZE_MAX);
}

/* Appends words, each that does not fit on a new line; `at` columns are taken already. */
static void add_wrapped(struct tr_buf *out, const char *text, size_t columns, size_t at)
{
	struct tr_buf word = {0};

	while (*text) {
		size_t len = strcspn(text, " ");
		size_t width = add_safe(&word, text, len);

		if (at + 1 + width > columns && at > INDENT) {
			tr_buf_addf(out, "\n%*s", INDENT, "");
			at = INDENT;
		} else if (at > INDENT) {
			tr_buf_adds(out, " ");
			at++;
		}
		tr_buf_add(out, word.data, word.len);
		at += width;
		tr_buf_clear(&word);
		text += len + strspn(text + len, " ");
	}
	tr_buf_adds(out, "\n");
	if (tr_buf_err(&word))
		out->err = TR_NOMEM;
	tr_buf_free(&word);
}

/* Appends lines as they are, to be copied. */
static void add_lines(struct tr_buf *out, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		tr_buf_addf(out, "%*s    ", INDENT, "");
		add_safe(out, lines, len);
		tr_buf_adds(out, "\n");
		lines += len + (lines[len] == '\n');
	}
}

static void add_finding(
    struct tr_buf *out, const struct tr_finding *finding, size_t columns, int colour)
{
	tr_buf_addf(out, "%s%-*s%s", colour ? colours[finding->grade] : "", INDENT,
	    tr_grade_word(finding->grade), colour ? "\033[m" : "");
	add_wrapped(out, finding->what, columns, INDENT);
	if (finding->cure) {
		tr_buf_addf(out, "%*s→", INDENT, "");
		add_wrapped(out, finding->cure, columns, INDENT + 1);
	}
	if (finding->lines)
		add_lines(out, finding->lines);
}

static void add_count(struct tr_buf *out, const struct tr_findings *findings)
{
	size_t problems = tr_findings_count(findings, TR_PROBLEM);
	size_t notes = tr_findings_count(findings, TR_NOTE);

	tr_buf_addf(out, "\n%zu problem%s, %zu note%s, %zu fine\n", problems,
	    problems == 1 ? "" : "s", notes, notes == 1 ? "" : "s",
	    tr_findings_count(findings, TR_FINE));
}

void tr_report_text(
    struct tr_buf *out, const struct tr_findings *findings, size_t columns, int colour)
{
	for (size_t i = 0; i < findings->count; i++)
		add_finding(out, &findings->all[i], columns, colour);
	add_count(out, findings);
}

/* A string of the safe text, the caller's; NULL: out of memory. */
static cJSON *make_string(const char *text, size_t len)
{
	struct tr_buf safe = {0};
	cJSON *string = NULL;

	tr_buf_adds(&safe, "");
	add_safe(&safe, text, len);
	if (!tr_buf_err(&safe))
		string = cJSON_CreateString(safe.data);
	tr_buf_free(&safe);
	return string;
}

static cJSON *make_lines(const char *lines)
{
	cJSON *array = cJSON_CreateArray();

	while (lines && *lines) {
		size_t len = strcspn(lines, "\n");

		cJSON_AddItemToArray(array, make_string(lines, len));
		lines += len + (lines[len] == '\n');
	}
	return array;
}

static cJSON *make_finding(const struct tr_finding *finding)
{
	cJSON *object = cJSON_CreateObject();
	const char *cure = finding->cure ? finding->cure : "";

	cJSON_AddStringToObject(object, "level", tr_grade_word(finding->grade));
	cJSON_AddStringToObject(object, "area", tr_area_word(finding->area));
	cJSON_AddStringToObject(object, "name", finding->name);
	cJSON_AddItemToObject(
	    object, "what", make_string(finding->what, strlen(finding->what)));
	cJSON_AddItemToObject(object, "cure", make_string(cure, strlen(cure)));
	cJSON_AddItemToObject(object, "lines", make_lines(finding->lines));
	return object;
}

void tr_report_json(struct tr_buf *out, const struct tr_findings *findings)
{
	cJSON *object = cJSON_CreateObject(), *array;
	char *text;

	cJSON_AddBoolToObject(object, "ok", !tr_findings_count(findings, TR_PROBLEM));
	array = cJSON_AddArrayToObject(object, "findings");
	for (size_t i = 0; i < findings->count; i++)
		cJSON_AddItemToArray(array, make_finding(&findings->all[i]));
	text = cJSON_PrintUnformatted(object);
	if (text)
		tr_buf_addf(out, "%s\n", text);
	else
		out->err = TR_NOMEM;
	cJSON_free(text);
	cJSON_Delete(object);
}
