/* gauge.c: what is fed to `dialog --gauge` or `whiptail --gauge`, dialog(1).
 *
 * - A line that is a number from 0 to 100; and blocks, `XXX`, the number, the caption's lines,
 *   `XXX`. A block whose first line is no number has none, as in dialog's guage.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

static int read_percent(const char *line, double *percent)
{
	const char *end = tr_text_number(tr_text_skip_blanks(line), percent);

	return end && !*tr_text_skip_blanks(end) && *percent <= 100;
}

static void end_block(struct tr_reader *r, enum tr_markup_from from)
{
	struct tr_gauge *gauge = &r->gauge;

	if (isnan(gauge->percent))
		tr_reader_step(r, from, gauge->text);
	else
		tr_reader_percent(r, from, TR_SOURCE_SCRIPT, gauge->percent, gauge->text);
	gauge->lines = 0;
}

/* The caption's lines become one; `\n` within them is dialog's own line end. */
static void add_caption(struct tr_gauge *gauge, char *line)
{
	size_t len = strlen(gauge->text);

	tr_text_unescape(line, "\\n ", 2);
	if (len && len + 1 < sizeof(gauge->text))
		gauge->text[len++] = ' ';
	tr_text_copy(gauge->text + len, sizeof(gauge->text) - len, line);
}

enum tr_take tr_take_gauge(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	struct tr_gauge *gauge = &r->gauge;
	int is_mark = strcmp(line, "XXX") == 0;
	double percent;

	if (is_mark && gauge->lines) {
		end_block(r, from);
	} else if (is_mark) {
		gauge->lines = 1;
		gauge->percent = NAN;
		gauge->text[0] = '\0';
	} else if (gauge->lines) {
		if (gauge->lines++ > 1 || !read_percent(line, &gauge->percent))
			add_caption(gauge, line);
	} else if (read_percent(line, &percent)) {
		tr_reader_percent(r, from, TR_SOURCE_SCRIPT, percent, NULL);
	} else {
		return TR_TAKE_NOT;
	}
	return TR_TAKE_OUT;
}
