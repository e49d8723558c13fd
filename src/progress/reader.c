/* reader.c: what the formats write to, and what they remember.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/reader.h"

#include <math.h>
#include <string.h>

/* text with the masked values replaced: itself, or in r->masked, where it is valid until the
 * next one. */
static const char *mask(struct tr_reader *r, const char *text, size_t *len)
{
	if (!r->masks.count && !r->masks.full)
		return text;
	*len = tr_masks_apply(&r->masks, r->masked, text, *len);
	r->masked[*len] = '\0';
	return r->masked;
}

static void give(struct tr_reader *r, struct tr_item item)
{
	if (item.text)
		item.text = mask(r, item.text, &item.text_len);
	r->sink(r->arg, &item);
}

const char *tr_reader_level(enum tr_markup_from from)
{
	return from == TR_FROM_STDERR ? "error" : "info";
}

void tr_reader_line(struct tr_reader *r, enum tr_markup_from from, const char *level,
    const char *text, size_t len)
{
	give(r, (struct tr_item){TR_ITEM_LINE, from, level, text, len, NAN});
}

void tr_reader_lines(
    struct tr_reader *r, enum tr_markup_from from, const char *level, const char *text)
{
	const char *end;

	for (; text; text = *end ? end + 1 : NULL) {
		end = strchrnul(text, '\n');
		tr_reader_line(r, from, level, text,
		    (size_t)(end - text) - (end > text && end[-1] == '\r'));
	}
}

int tr_reader_hold(struct tr_reader *r, enum tr_markup_from from, enum tr_held_kind kind)
{
	struct tr_held *held = r->held + from;

	if (r->line->len + 1 > sizeof(held->lines) - held->len)
		return 0;
	memcpy(held->lines + held->len, r->line->text, r->line->len);
	held->len += r->line->len;
	held->lines[held->len++] = '\n';
	held->kind = kind;
	r->alert[from] = 1;
	return 1;
}

void tr_reader_release(struct tr_reader *r, enum tr_markup_from from)
{
	struct tr_held *held = r->held + from;
	const char *at = held->lines, *end = at + held->len, *lf;

	for (; at < end; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(end - at));
		tr_reader_line(r, from, tr_reader_level(from), at, (size_t)(lf - at));
	}
	tr_reader_drop(r, from);
}

void tr_reader_drop(struct tr_reader *r, enum tr_markup_from from)
{
	r->held[from].kind = TR_HELD_NONE;
	r->held[from].len = 0;
}

static void give_progress(struct tr_reader *r, enum tr_markup_from from)
{
	const struct tr_phase *p = &r->phase;
	const char *step = *p->step ? p->step : NULL;

	give(r,
	    (struct tr_item){TR_ITEM_PROGRESS, from, NULL, step, strlen(p->step), p->percent});
}

/* A text that will be cut is masked before, or a value that is cut with it would show. */
static const char *mask_whole(struct tr_reader *r, const char *text)
{
	size_t len = strlen(text);

	return mask(r, text, &len);
}

void tr_reader_percent(struct tr_reader *r, enum tr_markup_from from, enum tr_source source,
    double percent, const char *step)
{
	if (tr_phase_percent(&r->phase, source, percent, step ? mask_whole(r, step) : NULL))
		give_progress(r, from);
}

void tr_reader_step(struct tr_reader *r, enum tr_markup_from from, const char *step)
{
	if (tr_phase_step(&r->phase, mask_whole(r, step)))
		give_progress(r, from);
}

void tr_reader_clear(struct tr_reader *r, enum tr_markup_from from, enum tr_source source)
{
	if (tr_phase_clear(&r->phase, source))
		give_progress(r, from);
}

static void give_title(
    struct tr_reader *r, enum tr_markup_from from, enum tr_item_kind kind, const char *title)
{
	give(r, (struct tr_item){kind, from, "info", title, strlen(title), NAN});
}

static void end_sections(struct tr_reader *r, enum tr_markup_from from, size_t count)
{
	for (; count; count--) {
		r->sections.count--;
		give_title(
		    r, from, TR_ITEM_GROUP_END, r->sections.open[r->sections.count].title);
	}
}

static void section_changed(struct tr_reader *r, enum tr_markup_from from)
{
	if (tr_phase_section(&r->phase))
		give_progress(r, from);
}

void tr_reader_begin(struct tr_reader *r, enum tr_markup_from from, enum tr_section_kind kind,
    const char *name, const char *title)
{
	end_sections(r, from, tr_sections_begun(&r->sections, kind));
	if (r->sections.count == TR_SECTIONS_MAX) {
		give_title(r, from, TR_ITEM_LINE, title);
		return;
	}
	give_title(r, from, TR_ITEM_GROUP, title);
	tr_sections_add(&r->sections, kind, name, mask_whole(r, title));
	section_changed(r, from);
}

void tr_reader_end(
    struct tr_reader *r, enum tr_markup_from from, enum tr_section_kind kind, const char *name)
{
	size_t count = tr_sections_ended(&r->sections, kind, name);

	if (!count)
		return;
	end_sections(r, from, count);
	section_changed(r, from);
}

void tr_reader_end_all(struct tr_reader *r)
{
	end_sections(r, TR_FROM_STDOUT, r->sections.count);
}

void tr_reader_mask(struct tr_reader *r, enum tr_markup_from from, const char *value)
{
	static const char sentence[] = "tailrow: too many masked values; no text of this "
				       "command is logged from here on";

	if (!tr_masks_add(&r->masks, value, strlen(value)))
		r->sink(r->arg, &(struct tr_item){TR_ITEM_LINE, from, "warn", sentence,
				    sizeof(sentence) - 1, NAN});
}
