/* ref_utf8.h: a second, slow decoder of UTF-8, for the tests to compare with.
 *
 * - Written from the definitions of the Unicode standard, version 15, sections 3.9 D92 and
 *   "U+FFFD Substitution of Maximal Subparts", by arithmetic on code points; it shares no
 *   table of bytes with the code under test.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_REF_UTF8_H
#define TR_TESTS_REF_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the character whose first byte has the bit pattern of lead; 0: none has. */
static inline size_t ref_utf8_bytes(unsigned char lead)
{
	if ((lead & 0x80) == 0x00)
		return 1;
	if ((lead & 0xE0) == 0xC0)
		return 2;
	if ((lead & 0xF0) == 0xE0)
		return 3;
	return (lead & 0xF8) == 0xF0 ? 4 : 0;
}

/* Whether the have bytes at s begin some well-formed character: whether, among the code
 * points whose pattern begins so, there is one that needs that many bytes (no overlong
 * form), is no surrogate and is at most U+10FFFF. */
static inline int ref_utf8_begins(const unsigned char *s, size_t have)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const uint32_t most[] = {0, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
	size_t want = ref_utf8_bytes(s[0]);
	uint32_t low, high;

	if (have > want)
		return 0;
	low = high = want == 1 ? s[0] : s[0] & (0x7Fu >> want);
	for (size_t i = 1; i < want; i++) {
		if (i < have && (s[i] & 0xC0) != 0x80)
			return 0;
		low = low << 6 | (i < have ? s[i] & 0x3Fu : 0x00);
		high = high << 6 | (i < have ? s[i] & 0x3Fu : 0x3F);
	}
	if (low < least[want])
		low = least[want];
	if (high > most[want])
		high = most[want];
	return low <= high && !(low >= 0xD800 && high <= 0xDFFF);
}

/* Length of the first character of s (*whole is 1), or of its maximal invalid subpart (0). */
static inline size_t ref_utf8_part(const unsigned char *s, size_t len, int *whole)
{
	size_t have = 0;

	while (have < len && ref_utf8_begins(s, have + 1))
		have++;
	*whole = have && have == ref_utf8_bytes(s[0]);
	return have ? have : 1;
}

/* Writes bytes to out, which has room for 3 * len, with U+FFFD for each invalid part.
 * Returns the length; *valid is the length of the valid prefix of bytes. */
static inline size_t ref_utf8_clean(char *out, const void *bytes, size_t len, size_t *valid)
{
	const unsigned char *s = bytes;
	size_t at = 0, to = 0, part;
	int whole;

	*valid = len;
	while (at < len) {
		part = ref_utf8_part(s + at, len - at, &whole);
		if (!whole && *valid == len)
			*valid = at;
		memcpy(
		    out + to, whole ? (const char *)s + at : "\xEF\xBF\xBD", whole ? part : 3);
		to += whole ? part : 3;
		at += part;
	}
	return to;
}

#endif
