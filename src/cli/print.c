/* print.c: times, states and rows of the log as a person reads them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cli/print.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/safe.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[m"

size_t tr_print_time(struct tr_buf *out, struct tr_text text)
{
	int64_t ms = text.data ? tr_iso_ms(text.data, text.len) : -1;
	time_t seconds = (time_t)(ms / 1000);
	char local[TR_PRINT_TIME_COLUMNS + 1];
	struct tm tm;

	if (ms < 0 || !localtime_r(&seconds, &tm) ||
	    !strftime(local, sizeof(local), "%Y-%m-%d %H:%M:%S", &tm))
		return tr_safe_add(out, text, TR_PRINT_TIME_COLUMNS - 1);
	tr_buf_adds(out, local);
	return TR_PRINT_TIME_COLUMNS;
}

/* A word and the colour it has. */
struct shade {
	const char *word;
	const char *start;
};

/* Appends text in the colour that the shades, ended by {0}, have for it. */
static size_t add_shaded(
    struct tr_buf *out, struct tr_text text, const struct shade *shade, int colour)
{
	size_t columns;

	while (shade->word && !tr_text_is(text, shade->word))
		shade++;
	if (!shade->word || !colour)
		return tr_safe_add(out, text, SIZE_MAX);
	tr_buf_adds(out, shade->start);
	columns = tr_safe_add(out, text, SIZE_MAX);
	tr_buf_adds(out, PLAIN);
	return columns;
}

size_t tr_print_state(struct tr_buf *out, struct tr_text state, int colour)
{
	static const struct shade shades[] = {{"running", CYAN}, {"succeeded", GREEN},
	    {"failed", RED}, {"canceled", YELLOW}, {0}};

	return add_shaded(out, state, shades, colour);
}

void tr_print_job(struct tr_buf *out, const struct tr_job *job, int colour)
{
	int good = tr_text_is(job->state, "succeeded");
	struct tr_text detail = good ? job->url : job->error.len ? job->error : job->step;

	tr_print_state(out, job->state, colour);
	if (!isnan(job->progress) && !good)
		tr_buf_addf(out, " %d%%", (int)job->progress);
	if (detail.len) {
		tr_buf_adds(out, ", ");
		tr_safe_add(out, detail, SIZE_MAX);
	}
}

void tr_print_row(struct tr_buf *out, const struct tr_row *row, int colour)
{
	static const struct shade levels[] = {
	    {"error", RED}, {"warn", YELLOW}, {"info", DIM}, {"debug", DIM}, {0}};
	int is_group = tr_text_is(row->event, "group");
	size_t columns = add_shaded(out, row->level, levels, colour);

	tr_buf_addf(out, "%*s  ", columns < 5 ? (int)(5 - columns) : 0, "");
	if (is_group) {
		tr_buf_adds(out, colour ? BOLD "> " : "> ");
	} else if (!tr_text_is(row->event, "log")) {
		tr_safe_add(out, row->event, SIZE_MAX);
		tr_buf_adds(out, ": ");
	}
	tr_safe_add_message(out, row->message, colour);
	if (is_group && colour)
		tr_buf_adds(out, PLAIN);
}

/* The code of a control character of one to three bytes. */
static unsigned code_of(const char *text, size_t len)
{
	unsigned code = (unsigned char)text[0] & (len == 1 ? 0x7f : len == 2 ? 0x1f : 0x0f);

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return code;
}

void tr_print_json(struct tr_buf *out, struct tr_buf *json)
{
	struct tr_buf valid = {0};
	size_t len;

	tr_utf8_add(&valid, json->data, json->len);
	/* Control characters stand only in strings, where an escape means the same. */
	for (size_t at = 0; at < valid.len; at += len) {
		len = tr_safe_char_len(valid.data + at);
		if (tr_safe_is_control(valid.data + at))
			tr_buf_addf(out, "\\u%04x", code_of(valid.data + at, len));
		else
			tr_buf_add(out, valid.data + at, len);
	}
	tr_buf_adds(out, "\n");
	if (tr_buf_err(json) || tr_buf_err(&valid))
		out->err = TR_NOMEM;
	tr_buf_free(&valid);
	tr_buf_clear(json);
}
