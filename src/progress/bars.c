/* bars.c: percentages in lines that a carriage return rewrites.
 *
 * - Any `NN%` there counts, the first of the state; curl's meter, which has no `%`, is read by
 *   its columns.
 * - A bar that ends its line is over: the next one is another.
 * - rsync's bar counts where it is of all files: see rsync_bar().
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

#define DIGITS "0123456789"
#define CURL_COLUMNS 12
#define CURL_TOTAL_TIME 8 /* `0:00:03` or `--:--:--` */

/* Whether the digits at are the beginning of a number, and it of a word. */
static int begins_number(const char *text, const char *at)
{
	char before = at > text ? at[-1] : ' ';

	if (before == '.' || before == ',')
		return at < text + 2 || !isdigit((unsigned char)at[-2]);
	return !isalnum((unsigned char)before) && !strchr("-+/_$%", before);
}

/* The first `NN%`; 0: there is none. */
static int find_percent(const char *text, double *percent)
{
	const char *at = text, *end;

	for (;; at = end) {
		at += strcspn(at, DIGITS);
		if (!*at)
			return 0;
		end = tr_text_number(at, percent);
		if (*end == '%' && *percent <= 100 && begins_number(text, at))
			return 1;
	}
}

/* The columns of curl's meter: `% Total % Received % Xferd Dload Upload Total Spent Left
 * Speed`. Returns 0 where text is something else; it holds no `%` before the last column. */
static int read_columns(const char *text, const char **column)
{
	const char *at = tr_text_skip_blanks(text), *time;

	for (size_t i = 0; i < CURL_COLUMNS; i++) {
		column[i] = at;
		at = tr_text_skip_blanks(at + strcspn(at, " \t%"));
	}
	time = column[CURL_TOTAL_TIME];
	return *column[CURL_COLUMNS - 1] && *column[CURL_COLUMNS - 1] != '%' &&
	       memchr(time, ':', (size_t)(column[CURL_TOTAL_TIME + 1] - time));
}

/* The total's percentage. Where curl does not know the total it shows 0 of 0, and then 100% of
 * it with 0% received and sent. */
static int read_curl(const char *text, double *percent)
{
	const char *column[CURL_COLUMNS];
	double total, received, sent;

	return read_columns(text, column) && tr_text_number(column[0], percent) &&
	       tr_text_number(column[1], &total) && total > 0 &&
	       tr_text_number(column[2], &received) && tr_text_number(column[4], &sent) &&
	       (received > 0 || sent > 0 || *percent < 100);
}

/* `  3,000,000  20%  9.04MB/s  0:00:00 (xfr#1, to-chk=3/5)`, as far as the percentage. */
static int is_rsync(const char *text)
{
	const char *at = tr_text_skip_blanks(text);
	size_t size = strspn(at, DIGITS ".,"), blanks;

	size += strspn(at + size, "KMGTP");
	blanks = strspn(at + size, " ");
	return isdigit((unsigned char)*at) && blanks &&
	       at[size + blanks + strspn(at + size + blanks, DIGITS)] == '%';
}

/* rsync's bars of all files and of each look the same. But where a file ends, `(xfr#1, …`, the
 * bar of each is at 100% and ends its line, so a bar that is or does otherwise is of all.
 * Before that, a bar is taken to be of all unless rsync has said that it lists the files. */
static void rsync_bar(struct tr_reader *r, enum tr_markup_from from, const char *text,
    double percent, enum tr_bar_end end)
{
	enum tr_rsync *kind = r->rsync + from;
	const char *file_end = strstr(text, "(xfr#");
	int is_last = file_end && strstr(file_end, "-chk=0/");

	if (file_end && (percent < 100 || end == TR_BAR_CR))
		*kind = TR_RSYNC_ALL;
	if (*kind == TR_RSYNC_UNKNOWN || *kind == TR_RSYNC_ALL)
		tr_reader_percent(r, from, TR_SOURCE_BAR, percent, NULL);
	if (*kind == TR_RSYNC_UNKNOWN && file_end && !is_last && end == TR_BAR_LF) {
		*kind = TR_RSYNC_EACH;
		tr_reader_clear(r, from, TR_SOURCE_BAR);
	}
	if (end == TR_BAR_LF && (is_last || !file_end)) {
		*kind = is_last ? TR_RSYNC_UNKNOWN : *kind;
		tr_phase_bar_end(&r->phase, TR_SOURCE_BAR);
	}
}

void tr_bar(
    struct tr_reader *r, enum tr_markup_from from, const char *text, enum tr_bar_end end)
{
	enum tr_source source = TR_SOURCE_BAR;
	double percent;
	int found = read_curl(text, &percent) || find_percent(text, &percent);

	if (found && is_rsync(text)) {
		rsync_bar(r, from, text, percent, end);
		return;
	}
	if (tr_text_after(text, "(Reading database "))
		source = TR_SOURCE_DPKG;
	if (found)
		tr_reader_percent(r, from, source, percent, NULL);
	if (end == TR_BAR_LF)
		tr_phase_bar_end(&r->phase, source);
}

void tr_drawing(struct tr_reader *r, enum tr_markup_from from, const char *text)
{
	double percent;

	if (find_percent(text, &percent))
		tr_reader_percent(r, from, TR_SOURCE_APT, percent, NULL);
}

enum tr_take tr_take_curl_heading(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	(void)r;
	(void)from;
	(void)line;
	return TR_TAKE_INFO;
}

enum tr_take tr_take_rsync_list(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	(void)line;
	r->rsync[from] = TR_RSYNC_LISTS;
	return TR_TAKE_NOT;
}
