/* image_read.c: what a viewer of an image lacks, as frames.
 *
 * - Looks at memory that may be written at that moment: believes no length or offset before
 *   it has compared it with what there is room for.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/image.h"

#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "table/image_half.h"

#define TRIES 100

int64_t tr_image_version(const struct tr_image *image, struct tr_why *reason)
{
	uint32_t shown = atomic_load(&image->shown);

	if (!shown && reason)
		snprintf(reason->text, sizeof(reason->text), "%.*s",
		    (int)sizeof(image->reason) - 1, image->reason);
	return shown ? image->halves[shown % 2].version : 0;
}

const char *tr_image_epoch(const struct tr_image *image)
{
	return image->epoch;
}

int tr_image_reaches(const struct tr_image *image, int64_t version)
{
	uint32_t shown = atomic_load(&image->shown);
	const struct tr_image_half *half = &image->halves[shown % 2];

	return shown && version >= half->oldest && version <= half->version;
}

/* Copies entry i where it is whole and for the viewer; its key or row is appended by who
 * asked. Returns its text, or NULL. */
static const char *visible(const struct tr_image_half *half, uint32_t i,
    struct tr_image_entry *entry, const struct tr_section *section,
    const struct tr_viewer *viewer)
{
	const char *text;

	if (i >= TR_IMAGE_ENTRIES)
		return NULL;
	*entry = half->entries[i];
	if (entry->at > TR_IMAGE_HALF_BYTES || entry->key_len > TR_IMAGE_HALF_BYTES ||
	    entry->topic_len > TR_IMAGE_HALF_BYTES || entry->row_len > TR_IMAGE_HALF_BYTES ||
	    (uint64_t)entry->at + entry->key_len + entry->topic_len + entry->row_len >
		TR_IMAGE_HALF_BYTES)
		return NULL;
	text = half->bytes + entry->at;
	return tr_viewer_sees(viewer, section, text + entry->key_len, entry->topic_len) ? text
											: NULL;
}

static void format_id(const struct tr_image *image, int64_t version, char out[TR_CURSOR_SIZE])
{
	struct tr_cursor cursor = {.n = version < 0 ? 0 : version};

	memcpy(cursor.epoch, image->epoch, sizeof(cursor.epoch));
	tr_cursor_format(out, &cursor);
}

static int64_t add_snapshot(const struct tr_image *image, const struct tr_image_half *half,
    const struct tr_section *section, const struct tr_viewer *viewer, struct tr_buf *out)
{
	uint32_t rows = half->rows < TR_IMAGE_ENTRIES ? half->rows : 0;
	int64_t version = half->version;
	struct tr_buf data = {0};
	char id[TR_CURSOR_SIZE];
	struct tr_image_entry entry;
	const char *comma = "", *text;

	tr_buf_adds(&data, "{\"rows\":[");
	for (uint32_t i = 0; i < rows; i++) {
		if (!(text = visible(half, i, &entry, section, viewer)))
			continue;
		tr_buf_adds(&data, comma);
		tr_buf_add(&data, text + entry.key_len + entry.topic_len, entry.row_len);
		comma = ",";
	}
	tr_buf_adds(&data, "]}");
	format_id(image, version, id);
	if (tr_buf_err(&data))
		out->err = TR_NOMEM;
	else
		tr_frame_add(out, "snapshot", id, data.data, data.len);
	tr_buf_free(&data);
	return version;
}

enum tr_err tr_image_snapshot(const struct tr_image *image, const struct tr_section *section,
    const struct tr_viewer *viewer, struct tr_buf *out, int64_t *version)
{
	size_t begun = out->len;

	for (int i = 0; i < TRIES; i++) {
		uint32_t shown = atomic_load(&image->shown);
		int64_t taken;

		if (!shown)
			return TR_BUSY;
		taken = add_snapshot(image, &image->halves[shown % 2], section, viewer, out);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&image->shown) == shown) {
			*version = taken;
			return TR_OK;
		}
		out->len = begun;
	}
	return TR_BUSY;
}

static void add_change(
    struct tr_buf *out, const char *id, const struct tr_image_entry *entry, const char *text)
{
	struct tr_buf data = {0};

	if (!entry->gone) {
		tr_frame_add(
		    out, "row", id, text + entry->key_len + entry->topic_len, entry->row_len);
		return;
	}
	tr_buf_adds(&data, "{\"key\":");
	tr_buf_add(&data, text, entry->key_len);
	tr_buf_adds(&data, "}");
	if (tr_buf_err(&data))
		out->err = TR_NOMEM;
	else
		tr_frame_add(out, "gone", id, data.data, data.len);
	tr_buf_free(&data);
}

/* The first of by_version that is above version. */
static uint32_t first_above(const struct tr_image_half *half, uint32_t count, int64_t version)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t i = half->by_version[middle];

		if (i < TR_IMAGE_ENTRIES && half->entries[i].version <= version)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The id of a frame says that everything up to it was told: so of several frames of one
 * version only the last bears that version. */
static int add_changes(const struct tr_image *image, const struct tr_image_half *half,
    const struct tr_section *section, const struct tr_viewer *viewer, int64_t version,
    struct tr_buf *out)
{
	uint32_t count = half->count <= TR_IMAGE_ENTRIES ? half->count : 0;
	struct tr_image_entry entry, last = {0};
	const char *text, *last_text = NULL;
	char id[TR_CURSOR_SIZE];
	int frames = 0;

	for (uint32_t i = first_above(half, count, version); i < count; i++) {
		if (!(text = visible(half, half->by_version[i], &entry, section, viewer)))
			continue;
		if (entry.gone && entry.born > version)
			continue; /* it came and went while nobody looked */
		if (last_text) {
			format_id(image, last.version - (last.version == entry.version), id);
			add_change(out, id, &last, last_text);
		}
		last = entry;
		last_text = text;
		frames++;
	}
	if (last_text) {
		format_id(image, last.version, id);
		add_change(out, id, &last, last_text);
	}
	return frames;
}

enum tr_err tr_image_changes(const struct tr_image *image, const struct tr_section *section,
    const struct tr_viewer *viewer, struct tr_buf *out, int64_t *version, int *frames)
{
	size_t begun = out->len;

	for (int i = 0; i < TRIES; i++) {
		uint32_t shown = atomic_load(&image->shown);
		const struct tr_image_half *half = &image->halves[shown % 2];
		int64_t newest = half->version, oldest = half->oldest;
		int added;

		if (!shown)
			return TR_BUSY;
		if (*version < oldest || *version > newest)
			return TR_ABSENT;
		added = add_changes(image, half, section, viewer, *version, out);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&image->shown) == shown) {
			*version = newest;
			*frames += added;
			return TR_OK;
		}
		out->len = begun;
	}
	return TR_BUSY;
}
