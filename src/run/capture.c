/* capture.c: puts what a command prints into its spool.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/capture.h"

#include <string.h>

#define PROGRESS_NS (500 * TR_NS_PER_MS)
#define QUIET_NS (3 * TR_NS_PER_S)

static enum tr_level level_of(const char *name)
{
	enum tr_level level = TR_LEVEL_DEBUG;

	while (level < TR_LEVEL_ERROR && strcmp(name, tr_level_names[level]) != 0)
		level++;
	return level;
}

static void keep_progress(struct tr_capture *c, const struct tr_item *item)
{
	size_t len = item->text_len < sizeof(c->step) ? item->text_len : sizeof(c->step);

	if (item->text)
		memcpy(c->step, item->text, len);
	c->progress = (struct tr_record){.kind = TR_RECORD_PROGRESS,
	    .at_ms = c->at_ms,
	    .text = {item->text ? c->step : NULL, item->text ? len : 0},
	    .percent = item->percent};
	c->waits = 1;
}

/* Masks can make a text longer than a record holds: it goes on in another one. */
static void add_line(struct tr_capture *c, struct tr_record line)
{
	size_t rest = line.text.len;

	do {
		line.text.len =
		    rest < TR_RECORD_TEXT_MAX_BYTES ? rest : TR_RECORD_TEXT_MAX_BYTES;
		tr_spool_add(c->spool, &line);
		line.text.data += line.text.len;
		rest -= line.text.len;
	} while (rest);
}

static void take_item(void *arg, const struct tr_item *item)
{
	static const enum tr_record_kind kinds[] = {
	    [TR_ITEM_LINE] = TR_RECORD_LINE,
	    [TR_ITEM_GROUP] = TR_RECORD_GROUP,
	    [TR_ITEM_GROUP_END] = TR_RECORD_GROUP_END,
	};
	struct tr_capture *c = arg;
	struct tr_record record = {
	    .at_ms = c->at_ms, .level = TR_LEVEL_INFO, .text = {item->text, item->text_len}};

	if (item->kind == TR_ITEM_PROGRESS) {
		keep_progress(c, item);
		return;
	}
	record.kind = kinds[item->kind];
	if (item->kind == TR_ITEM_LINE) {
		record.level = level_of(item->level);
		add_line(c, record);
	} else {
		tr_spool_add(c->spool, &record);
	}
}

enum tr_err tr_capture_init(struct tr_capture *capture, struct tr_spool *spool,
    enum tr_markup_mode mode, struct tr_why *why)
{
	*capture = (struct tr_capture){.spool = spool};
	capture->markup = tr_markup_new(mode, take_item, capture);
	return capture->markup ? TR_OK : tr_fail(why, TR_NOMEM, "out of memory");
}

void tr_capture_free(struct tr_capture *capture)
{
	tr_markup_free(capture->markup);
	capture->markup = NULL;
}

static void tell_progress(struct tr_capture *c)
{
	tr_spool_add(c->spool, &c->progress);
	c->waits = 0;
}

static int64_t progress_due_ns(const struct tr_capture *c)
{
	if (!c->waits)
		return INT64_MAX;
	return c->told_ns ? c->told_ns + PROGRESS_NS : 0;
}

void tr_capture_feed(struct tr_capture *capture, enum tr_markup_from from, const char *bytes,
    size_t len, int64_t now_ns)
{
	capture->at_ms = tr_wall_ms();
	capture->fed_ns[from] = now_ns;
	tr_markup_feed(capture->markup, from, bytes, len);
	if (progress_due_ns(capture) <= now_ns) {
		tell_progress(capture);
		capture->told_ns = now_ns;
	}
	tr_spool_flush(capture->spool); /* a failure is kept there, and tried again */
}

int64_t tr_capture_tick(struct tr_capture *capture, int64_t now_ns)
{
	int64_t next_ns;

	capture->at_ms = tr_wall_ms();
	if (progress_due_ns(capture) <= now_ns) {
		tell_progress(capture);
		capture->told_ns = now_ns;
	}
	next_ns = progress_due_ns(capture);
	for (enum tr_markup_from from = 0; from < TR_FROMS; from++) {
		int64_t *fed_ns = &capture->fed_ns[from];

		if (*fed_ns && now_ns - *fed_ns >= QUIET_NS) {
			tr_markup_flush(capture->markup, from);
			*fed_ns = 0;
		}
		if (*fed_ns && *fed_ns + QUIET_NS < next_ns)
			next_ns = *fed_ns + QUIET_NS;
	}
	tr_spool_flush(capture->spool);
	return next_ns;
}

void tr_capture_end(struct tr_capture *capture)
{
	capture->at_ms = tr_wall_ms();
	tr_markup_end(capture->markup);
	if (capture->waits)
		tell_progress(capture);
	tr_spool_flush(capture->spool);
}
