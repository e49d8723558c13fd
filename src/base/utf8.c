/* utf8.c: hostile bytes made into valid UTF-8.
 *
 * - Made for logs: mostly ASCII, which is passed eight bytes at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define REPLACEMENT "\xEF\xBF\xBD"

/* Length of the run of ASCII that bytes begins with. */
static size_t ascii_run(const char *bytes, size_t len)
{
	size_t at = 0;
	uint64_t word;

	while (len - at >= sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		if (word & HIGH_BITS)
			break;
		at += sizeof(word);
	}
	while (at < len && !(bytes[at] & 0x80))
		at++;
	return at;
}

/* Length of the character that a lead byte announces; 0 where no character begins so:
 * continuation bytes, C0, C1 (overlong forms of ASCII) and F5 to FF. */
static size_t announced(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xC2)
		return 0;
	if (lead < 0xE0)
		return 2;
	if (lead < 0xF0)
		return 3;
	return lead < 0xF5 ? 4 : 0;
}

/* Table 3-7: some leads narrow what may come second, and with that rule out the overlong
 * forms (E0, F0), the surrogates (ED) and all above U+10FFFF (F4). */
static int second_fits(unsigned char lead, unsigned char second)
{
	unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;

	return second >= low && second <= high;
}

/* Length of the character that bytes begins with, and *valid is 1; or of the maximal
 * invalid part, and *valid is 0. len is at least 1, and so is the result. */
static size_t first_part(const char *bytes, size_t len, int *valid)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t want = announced(s[0]), have = 1;

	if (want > 1 && len > 1 && second_fits(s[0], s[1])) {
		have = 2;
		while (have < want && have < len && (s[have] & 0xC0) == 0x80)
			have++;
	}
	*valid = have == want;
	return have;
}

size_t tr_utf8_valid(const char *bytes, size_t len)
{
	size_t at = 0, part;
	int valid;

	for (;;) {
		at += ascii_run(bytes + at, len - at);
		if (at == len)
			return at;
		part = first_part(bytes + at, len - at, &valid);
		if (!valid)
			return at;
		at += part;
	}
}

size_t tr_utf8_whole(const char *bytes, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned char lead = (unsigned char)bytes[len - n];

		if (announced(lead) > n)
			return len - n;
		if ((lead & 0xC0) != 0x80)
			break;
	}
	return len;
}

void tr_utf8_add(struct tr_buf *out, const char *bytes, size_t len)
{
	size_t at = 0, good;
	int valid;

	for (;;) {
		good = tr_utf8_valid(bytes + at, len - at);
		tr_buf_add(out, bytes + at, good);
		at += good;
		if (at == len)
			return;
		at += first_part(bytes + at, len - at, &valid);
		tr_buf_adds(out, REPLACEMENT);
	}
}
