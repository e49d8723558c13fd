/* image.c: a stream's result in table mode as it is now, for all viewers, in shared memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "table/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "table/image_half.h"

void tr_result_free(struct tr_result *result)
{
	tr_buf_free(&result->bytes);
	free(result->rows);
	*result = (struct tr_result){0};
}

/* Versions begin anew with each image, so each has an epoch of its own. */
static void make_epoch(char epoch[TR_EPOCH_SIZE])
{
	uint64_t number = 0;

	while (getrandom(&number, sizeof(number), 0) < 0 && errno == EINTR)
		continue;
	snprintf(epoch, TR_EPOCH_SIZE, "%016llx", (unsigned long long)number);
}

enum tr_err tr_image_make(struct tr_image **out, struct tr_why *why)
{
	struct tr_image *image = mmap(NULL, sizeof(*image), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*out = NULL;
	if (image == MAP_FAILED)
		return tr_fail(why, TR_SYS, "no shared memory: %s", strerror(errno));
	make_epoch(image->epoch);
	*out = image;
	return TR_OK;
}

void tr_image_free(struct tr_image *image)
{
	munmap(image, sizeof(*image));
}

/* A row of either side of the comparison. */
struct side {
	const char *key;
	size_t key_len;
	int index;
};

static int compare_keys(const void *a, const void *b)
{
	const struct side *x = a, *y = b;
	size_t least = x->key_len < y->key_len ? x->key_len : y->key_len;
	int order = memcmp(x->key, y->key, least);

	return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static struct side *sorted_result(const struct tr_result *result)
{
	struct side *sides = calloc((size_t)result->count + 1, sizeof(*sides));

	for (int i = 0; sides && i < result->count; i++)
		sides[i] = (struct side){
		    result->bytes.data + result->rows[i].at, result->rows[i].key_len, i};
	if (sides)
		qsort(sides, (size_t)result->count, sizeof(*sides), compare_keys);
	return sides;
}

static struct side *sorted_half(const struct tr_image_half *half)
{
	struct side *sides = calloc((size_t)half->rows + 1, sizeof(*sides));

	for (uint32_t i = 0; sides && i < half->rows; i++)
		sides[i] = (struct side){
		    half->bytes + half->entries[i].at, half->entries[i].key_len, (int)i};
	if (sides)
		qsort(sides, half->rows, sizeof(*sides), compare_keys);
	return sides;
}

/* Adds an entry whose key, topic and row stand at text. Returns it; NULL: no room. */
static struct tr_image_entry *add(
    struct tr_image_half *half, const struct tr_image_entry *like, const char *text)
{
	size_t len = (size_t)like->key_len + like->topic_len + like->row_len;
	struct tr_image_entry *entry = &half->entries[half->count];

	if (half->count == TR_IMAGE_ENTRIES || len > TR_IMAGE_HALF_BYTES - half->used_bytes)
		return NULL;
	*entry = *like;
	entry->at = half->used_bytes;
	memcpy(half->bytes + half->used_bytes, text, len);
	half->used_bytes += (uint32_t)len;
	half->count++;
	return entry;
}

/* Adds the mark of an entry of the other half that has left, or is another viewer's now. */
static void add_mark(struct tr_image_half *half, const struct tr_image_half *old,
    const struct tr_image_entry *left, int64_t version)
{
	struct tr_image_entry mark = *left;

	mark.version = version;
	mark.gone = 1;
	mark.row_len = 0;
	if (!add(half, &mark, old->bytes + left->at) && half->oldest < version)
		half->oldest = version;
}

static int same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Both sides sorted, and for each row of the result the old entry of its key, or -1. */
static int *match(const struct tr_result *result, const struct tr_image_half *old, char *stays)
{
	struct side *now = sorted_result(result), *before = sorted_half(old);
	int *found = calloc((size_t)result->count + 1, sizeof(*found));
	uint32_t b = 0;

	for (int n = 0; now && before && found && n < result->count; n++) {
		while (b < old->rows && compare_keys(&before[b], &now[n]) < 0)
			b++;
		found[now[n].index] = -1;
		if (b < old->rows && compare_keys(&before[b], &now[n]) == 0) {
			found[now[n].index] = before[b].index;
			stays[before[b].index] = 1;
		}
	}
	if (!now || !before) {
		free(found);
		found = NULL;
	}
	free(now);
	free(before);
	return found;
}

/* Adds row i of the result, with the version of the entry that it was, if it is the same
 * still. Returns whether it is. */
static int add_row(struct tr_image_half *half, const struct tr_result *result, int i,
    const struct tr_image_half *old, int was, int64_t version)
{
	const struct tr_result_row *row = &result->rows[i];
	const char *text = result->bytes.data + row->at;
	struct tr_image_entry entry = {.version = version,
	    .born = version,
	    .key_len = (uint32_t)row->key_len,
	    .topic_len = (uint32_t)row->topic_len,
	    .row_len = (uint32_t)row->row_len};
	const struct tr_image_entry *before = was < 0 ? NULL : &old->entries[was];
	size_t head_len = row->key_len + row->topic_len;
	int stayed = before && before->topic_len == row->topic_len &&
		     memcmp(old->bytes + before->at, text, head_len) == 0;
	int unchanged = stayed && same(old->bytes + before->at + head_len, before->row_len,
				      text + head_len, row->row_len);

	if (stayed)
		entry.born = before->born;
	if (unchanged)
		entry.version = before->version;
	add(half, &entry, text); /* there is room: a result is bounded */
	return unchanged;
}

/* Marks what left, and what has another topic: to those who saw it under the old one it has
 * left as well. Returns how many. */
static int mark_gone(struct tr_image_half *half, const struct tr_image_half *old,
    const char *stays, const int *found, const struct tr_result *result, int64_t version)
{
	int marks = 0;

	for (uint32_t i = 0; i < old->rows; i++)
		if (!stays[i]) {
			add_mark(half, old, &old->entries[i], version);
			marks++;
		}
	for (int i = 0; i < result->count; i++) {
		const struct tr_image_entry *was =
		    found[i] < 0 ? NULL : &old->entries[found[i]];
		const struct tr_result_row *row = &result->rows[i];

		if (was && !same(old->bytes + was->at + was->key_len, was->topic_len,
			       result->bytes.data + row->at + row->key_len, row->topic_len)) {
			add_mark(half, old, was, version);
			marks++;
		}
	}
	return marks;
}

/* Takes over the marks of before, the youngest first, as far as there is room. */
static void keep_marks(struct tr_image_half *half, const struct tr_image_half *old)
{
	for (uint32_t i = old->rows; i < old->count; i++)
		add_mark(half, old, &old->entries[i], old->entries[i].version);
}

static int compare_versions(const void *a, const void *b, void *arg)
{
	const struct tr_image_half *half = arg;
	const struct tr_image_entry *x = &half->entries[*(const uint32_t *)a];
	const struct tr_image_entry *y = &half->entries[*(const uint32_t *)b];

	if (x->version != y->version)
		return x->version < y->version ? -1 : 1;
	return (int)y->gone - (int)x->gone;
}

static void sort_by_version(struct tr_image_half *half)
{
	for (uint32_t i = 0; i < half->count; i++)
		half->by_version[i] = i;
	qsort_r(
	    half->by_version, half->count, sizeof(half->by_version[0]), compare_versions, half);
}

/* Fills half with the result and the marks. Returns whether anything is another than in old;
 * -1: out of memory. */
static int fill(
    struct tr_image_half *half, const struct tr_image_half *old, const struct tr_result *result)
{
	char *stays = calloc((size_t)old->rows + 1, 1);
	int *found = stays ? match(result, old, stays) : NULL;
	int changes = 0;

	half->version = old->version + 1;
	half->oldest = old->oldest;
	half->count = half->used_bytes = 0;
	for (int i = 0; found && i < result->count; i++)
		changes += !add_row(half, result, i, old, found[i], half->version);
	half->rows = half->count;
	if (found) {
		changes += mark_gone(half, old, stays, found, result, half->version);
		keep_marks(half, old);
	}
	changes = found ? changes > 0 : -1;
	free(found);
	free(stays);
	return changes;
}

int tr_image_show(struct tr_image *image, const struct tr_result *result)
{
	uint32_t shown = atomic_load(&image->shown);
	/* A writer that was killed may have noted one that it did not come to show. */
	uint32_t last = shown ? shown : image->last_shown;
	const struct tr_image_half *old = &image->halves[last % 2];
	struct tr_image_half *half = &image->halves[(last + 1) % 2];
	int changes = fill(half, old, result);

	if (changes < 0 || (!changes && shown))
		return changes;
	sort_by_version(half);
	if (!++last)
		last = 2; /* 0 has a meaning, and the halves take turns */
	image->last_shown = last;
	atomic_store(&image->shown, last);
	return 1;
}

void tr_image_hide(struct tr_image *image, const char *reason)
{
	atomic_store(&image->shown, 0);
	snprintf(image->reason, sizeof(image->reason), "%s", reason);
}
