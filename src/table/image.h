/* image.h: a stream's result in table mode as it is now, for all viewers, in shared memory.
 *
 * - One writer, the process that watches the database; any number of readers, which never
 *   block it. The image has two halves: the writer fills the one that is not shown, then
 *   shows it; a reader copies what it wants and throws the copy away if another half is
 *   shown by then.
 * - Each row carries the version in which it came to be as it is; a row that left stays as a
 *   mark with the version in which it left. So what a viewer lacks is what is above its own
 *   version, however long it was away: nobody keeps a history, and what changed twice
 *   meanwhile is told once.
 * - Invariants: versions only rise; a viewer at `oldest` or above lacks nothing that is not
 *   in the image.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_IMAGE_H
#define TR_TABLE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "table/viewer.h"

#define TR_IMAGE_ROWS 10000
#define TR_IMAGE_BYTES (8 * 1024 * 1024) /* of rows, as JSON */

struct tr_image;

/* A result as it was just read, in the statement's order. Initialise with {0}. */
struct tr_result {
	struct tr_buf bytes;
	struct tr_result_row {
		size_t at; /* in bytes: the key as JSON, the topic, the row as JSON */
		size_t key_len, topic_len, row_len;
	} * rows;
	int count;
};

void tr_result_free(struct tr_result *result);

/* Makes an image, shared with every process forked later, that shows nothing yet. TR_OK, or
 * TR_SYS with the reason in *why. */
enum tr_err tr_image_make(struct tr_image **out, struct tr_why *why);

/* Unmaps it in this process; the others keep theirs. */
void tr_image_free(struct tr_image *image);

/* For the writer: shows the result. Returns 1; 0: it is what is shown already; -1: out of
 * memory, and what is shown stays. TR_IMAGE_ROWS and TR_IMAGE_BYTES have been looked after by
 * who made the result, and no key comes twice. */
int tr_image_show(struct tr_image *image, const struct tr_result *result);

/* For the writer: shows nothing any more, and why: "" for no reason to tell. */
void tr_image_hide(struct tr_image *image, const char *reason);

/* For readers. */

/* The version that is shown; 0: nothing is, and why stands in reason (may be NULL). */
int64_t tr_image_version(const struct tr_image *image, struct tr_why *reason);

/* The epoch, which versions belong to. */
const char *tr_image_epoch(const struct tr_image *image);

/* Whether a viewer at that version can be told what it lacks; if not, it needs a snapshot. */
int tr_image_reaches(const struct tr_image *image, int64_t version);

/* Appends the snapshot frame of what the viewer sees, and sets *version to what it shows.
 * TR_OK; TR_BUSY, and both are as they were: nothing is shown, or the writer was faster,
 * several times: try again. */
enum tr_err tr_image_snapshot(const struct tr_image *image, const struct tr_section *section,
    const struct tr_viewer *viewer, struct tr_buf *out, int64_t *version);

/* Appends the row and gone frames that the viewer lacks, moves *version on, and adds to
 * *frames how many they were. TR_OK, TR_BUSY as above; TR_ABSENT: it needs a snapshot. */
enum tr_err tr_image_changes(const struct tr_image *image, const struct tr_section *section,
    const struct tr_viewer *viewer, struct tr_buf *out, int64_t *version, int *frames);

#endif
