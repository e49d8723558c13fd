/* record.c: one thing that a command did, as bytes in a spool.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/record.h"

#include <assert.h>
#include <string.h>

struct head {
	uint32_t check; /* of all that follows, padding too */
	uint32_t text_len;
	uint8_t kind;
	uint8_t level;
	uint8_t unused[6];
	int64_t at_ms;
	double percent;
};

static_assert(sizeof(struct head) == 32, "the form of the file");
static_assert(TR_RECORD_MAX_BYTES == TR_RECORD_TEXT_MAX_BYTES + sizeof(struct head),
    "the room for a record");

#define CHECKED offsetof(struct head, text_len)

static size_t padded(size_t len)
{
	return (len + 7) / 8 * 8;
}

static size_t text_len(const struct tr_record *record)
{
	return record->text.len < TR_RECORD_TEXT_MAX_BYTES ? record->text.len
							   : TR_RECORD_TEXT_MAX_BYTES;
}

size_t tr_record_size(const struct tr_record *record)
{
	return sizeof(struct head) + padded(text_len(record));
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* Of a whole record of size bytes, without the field itself. */
static uint32_t checksum(const char *bytes, size_t size, uint64_t pos)
{
	uint64_t hash = mix(size, pos), word;
	uint32_t first;

	memcpy(&first, bytes + CHECKED, sizeof(first));
	hash = mix(hash, first);
	for (size_t at = 8; at < size; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		hash = mix(hash, word);
	}
	return (uint32_t)hash;
}

void tr_record_put(struct tr_buf *out, uint64_t pos, const struct tr_record *record)
{
	static const char zeros[8];
	struct head head = {
	    .text_len = (uint32_t)text_len(record),
	    .kind = (uint8_t)record->kind,
	    .level = (uint8_t)record->level,
	    .at_ms = record->at_ms,
	    .percent = record->percent,
	};
	size_t size = tr_record_size(record), start = out->len;

	tr_buf_add(out, &head, sizeof(head));
	tr_buf_add(out, record->text.data, head.text_len);
	tr_buf_add(out, zeros, size - sizeof(head) - head.text_len);
	if (tr_buf_err(out))
		return;
	head.check = checksum(out->data + start, size, pos);
	memcpy(out->data + start, &head.check, sizeof(head.check));
}

static int in_range(const struct head *head)
{
	return head->kind < TR_RECORD_KINDS && head->level < TR_LEVELS;
}

static void fill(struct tr_record *record, const struct head *head, const char *text)
{
	/* no step is NULL; an empty line is a line */
	int has_text = head->text_len || head->kind != TR_RECORD_PROGRESS;

	*record = (struct tr_record){
	    .kind = head->kind,
	    .at_ms = head->at_ms,
	    .text = {has_text ? text : NULL, head->text_len},
	    .level = head->level,
	    .percent = head->percent,
	};
}

size_t tr_record_get(const char *bytes, size_t len, uint64_t pos, struct tr_record *record)
{
	struct head head;
	size_t size;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, bytes, sizeof(head));
	if (head.text_len > TR_RECORD_TEXT_MAX_BYTES)
		return 0;
	size = sizeof(head) + padded(head.text_len);
	if (size > len || checksum(bytes, size, pos) != head.check || !in_range(&head))
		return 0;
	fill(record, &head, bytes + sizeof(head));
	return size;
}
