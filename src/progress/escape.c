/* escape.c: the terminal's escape sequences (ECMA-48), seen through and read.
 *
 * SPDX-License-Identifier: MIT
 */
#include "progress/escape.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BEL '\a'
#define OSC_BEGIN "\x1b]9;4;"
#define OSC_MAX_BYTES 256 /* some tools put a label behind the percentage */
#define DRAWING_BEGIN "\x1b\x37\x1b["

/* The end of a control string: behind BEL or `ESC \`; end where there is neither. */
static const char *string_end(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (*at == BEL)
			return at + 1;
		if (*at == TR_ESC && at + 1 < end && at[1] == '\\')
			return at + 2;
	}
	return end;
}

/* Behind bytes from first to last and one more; end where that one is missing. */
static const char *final_end(const char *at, const char *end, char first, char last)
{
	while (at < end && *at >= first && *at <= last)
		at++;
	return at < end ? at + 1 : end;
}

/* Behind the sequence whose ESC is at; end where it is not finished. */
static const char *sequence_end(const char *at, const char *end)
{
	if (++at == end)
		return end;
	switch (*at) {
	case '[':
		return final_end(at + 1, end, '\x20', '\x3f');
	case ']':
	case 'P':
	case '^':
	case '_':
		return string_end(at + 1, end);
	default:
		return final_end(at, end, '\x20', '\x2f');
	}
}

size_t tr_escape_strip(char *out, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *esc;
	size_t out_len = 0;

	while (at < end) {
		esc = memchr(at, TR_ESC, (size_t)(end - at));
		esc = esc ? esc : end;
		memmove(out + out_len, at, (size_t)(esc - at));
		out_len += (size_t)(esc - at);
		at = esc < end ? sequence_end(esc, end) : end;
	}
	out[out_len] = '\0';
	return out_len;
}

/* Whether bytes begins with all of begin, or is the beginning of it. */
static int agrees(const struct tr_aside *a, const char *begin)
{
	size_t len = strlen(begin);

	return memcmp(a->bytes, begin, a->len < len ? a->len : len) == 0;
}

/* Reads `state [; percent [; …]]` from what stands behind OSC_BEGIN. */
static void read_progress(struct tr_aside *a, size_t terminator_bytes)
{
	char *at = a->bytes + strlen(OSC_BEGIN), *end;
	long percent;

	a->bytes[a->len - terminator_bytes] = '\0';
	a->state = *at >= '0' && *at <= '4' ? *at - '0' : -1;
	a->percent = -1;
	if (a->state < 0 || at[1] != ';' || !isdigit((unsigned char)at[2]))
		return;
	percent = strtol(at + 2, &end, 10);
	a->percent = percent > 100 ? 100 : (int)percent;
}

static enum tr_aside_kind step_osc(struct tr_aside *a)
{
	char last = a->bytes[a->len - 1], before = a->bytes[a->len - 2];

	if (last == BEL || (before == TR_ESC && last == '\\')) {
		read_progress(a, last == BEL ? 1 : 2);
		return TR_ASIDE_PROGRESS;
	}
	if (a->len == OSC_MAX_BYTES || before == TR_ESC)
		return TR_ASIDE_NOT;
	return last == TR_ESC || (unsigned char)last >= ' ' ? TR_ASIDE_MORE : TR_ASIDE_NOT;
}

static enum tr_aside_kind step_drawing(struct tr_aside *a)
{
	char last = a->bytes[a->len - 1], before = a->bytes[a->len - 2];

	if (before == TR_ESC && last == '8')
		return TR_ASIDE_DRAWING;
	if (a->len == sizeof(a->bytes) || last == '\n' || last == '\r')
		return TR_ASIDE_NOT;
	return TR_ASIDE_MORE;
}

enum tr_aside_kind tr_aside_step(struct tr_aside *a, char byte)
{
	enum tr_aside_kind kind = TR_ASIDE_MORE;

	a->bytes[a->len++] = byte;
	if (agrees(a, OSC_BEGIN))
		kind = a->len > strlen(OSC_BEGIN) ? step_osc(a) : TR_ASIDE_MORE;
	else if (agrees(a, DRAWING_BEGIN))
		kind = a->len > strlen(DRAWING_BEGIN) ? step_drawing(a) : TR_ASIDE_MORE;
	else
		kind = TR_ASIDE_NOT;
	if (kind == TR_ASIDE_NOT)
		a->len--;
	return kind;
}
