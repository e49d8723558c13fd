/* image_half.h: how an image lies in memory: for image.c, which writes, and image_read.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_IMAGE_HALF_H
#define TR_TABLE_IMAGE_HALF_H

#include <stdatomic.h>
#include <stdint.h>

#include "table/image.h"

#define MARKS TR_IMAGE_ROWS /* of rows that left; the oldest go first */
#define TR_IMAGE_ENTRIES (TR_IMAGE_ROWS + MARKS)

/* A mark is as long as its key and topic, which were part of a result once. */
#define TR_IMAGE_HALF_BYTES (2 * TR_IMAGE_BYTES)

struct tr_image_entry {
	int64_t version; /* in which it came to be as it is, or left */
	int64_t born;	 /* in which it came, for those of its topic */
	uint32_t at, key_len, topic_len, row_len;
	uint32_t gone;
};

struct tr_image_half {
	int64_t version;
	int64_t oldest;	      /* what left before this is forgotten */
	uint32_t rows, count; /* entries: first the rows, in the result's order; then marks */
	uint32_t used_bytes;
	uint32_t by_version[TR_IMAGE_ENTRIES]; /* entries, by rising version */
	struct tr_image_entry entries[TR_IMAGE_ENTRIES];
	char bytes[TR_IMAGE_HALF_BYTES];
};

struct tr_image {
	char epoch[TR_EPOCH_SIZE];
	char reason[sizeof(((struct tr_why *)0)->text)];
	_Atomic uint32_t shown; /* 0: nothing; otherwise half shown % 2, and it only rises */
	uint32_t last_shown;	/* the writer's */
	struct tr_image_half halves[2];
};

#endif
