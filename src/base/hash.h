/* hash.h: a number for bytes, equal for equal bytes (FNV-1a, 64 bits).
 *
 * - Not for secrets: whoever chooses the bytes can choose two with the same number.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_HASH_H
#define TR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define TR_HASH_START UINT64_C(0xcbf29ce484222325)

/* The number of what `before` stands for, followed by these bytes. */
static inline uint64_t tr_hash(uint64_t before, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		before = (before ^ at[i]) * UINT64_C(0x100000001b3);
	return before;
}

#endif
