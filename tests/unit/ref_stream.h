/* ref_stream.h: a straightforward client's parser of an event stream, for the tests.
 *
 * - Written line for line after the HTML standard, sections 9.2.5 and 9.2.6. It reads a whole
 *   text, already decoded from UTF-8; the byte order mark at its start is passed over.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_REF_STREAM_H
#define TR_TESTS_REF_STREAM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct ref_text {
	const char *at;
	size_t len;
};

/* The state of a parser, and the event that it dispatched last. */
struct ref_stream {
	struct ref_text rest; /* of the stream's text, not yet read */
	struct ref_text type; /* into the stream's text */
	struct ref_text id;   /* into the stream's text: the last one seen, of any event */
	struct ref_text retry;
	char *data; /* ours */
	size_t data_len;
};

/* Begins to read text, which must outlive the parser. Release with ref_stream_free(). */
static inline struct ref_stream ref_stream_open(const char *text, size_t len)
{
	struct ref_stream s = {.rest = {text, len}, .id = {"", 0}, .retry = {"", 0}};

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		s.rest = (struct ref_text){text + 3, len - 3};
	s.data = malloc(len + 1);
	return s;
}

/* Takes one line, without its end. Returns 0 where no line end is left. */
static inline int ref_line(struct ref_text *rest, struct ref_text *line)
{
	size_t i = 0;

	while (i < rest->len && rest->at[i] != '\r' && rest->at[i] != '\n')
		i++;
	if (i == rest->len)
		return 0;
	*line = (struct ref_text){rest->at, i};
	i += rest->at[i] == '\r' && i + 1 < rest->len && rest->at[i + 1] == '\n' ? 2 : 1;
	rest->at += i;
	rest->len -= i;
	return 1;
}

static inline int ref_is(struct ref_text text, const char *what)
{
	return text.len == strlen(what) && memcmp(text.at, what, text.len) == 0;
}

/* "Process the field": unknown names are ignored, so is an id with a NUL. */
static inline void ref_field(struct ref_stream *s, struct ref_text name, struct ref_text value)
{
	if (ref_is(name, "event"))
		s->type = value;
	if (ref_is(name, "id") && !(value.len && memchr(value.at, '\0', value.len)))
		s->id = value;
	if (ref_is(name, "retry"))
		s->retry = value;
	if (ref_is(name, "data")) {
		memcpy(s->data + s->data_len, value.at, value.len);
		s->data_len += value.len;
		s->data[s->data_len++] = '\n';
	}
}

/* Splits a line that is not empty at its first colon, and drops one space after it. */
static inline void ref_process(struct ref_stream *s, struct ref_text line)
{
	const char *colon = memchr(line.at, ':', line.len);
	struct ref_text name = line, value = {line.at + line.len, 0};

	if (colon) {
		name.len = (size_t)(colon - line.at);
		value = (struct ref_text){colon + 1, line.len - name.len - 1};
	}
	if (value.len && value.at[0] == ' ')
		value = (struct ref_text){value.at + 1, value.len - 1};
	if (name.len)
		ref_field(s, name, value);
}

/* Reads on until an event is dispatched: returns 1, and its type, id and data are in *s.
 * Returns 0 at the end, where an event without its empty line is dropped. */
static inline int ref_stream_next(struct ref_stream *s)
{
	struct ref_text line;

	s->type = (struct ref_text){"message", 7};
	s->data_len = 0;
	while (ref_line(&s->rest, &line)) {
		if (line.len) {
			ref_process(s, line);
		} else if (s->data_len) {
			s->data_len--;
			return 1;
		} else {
			s->type = (struct ref_text){"message", 7};
		}
	}
	return 0;
}

static inline void ref_stream_free(struct ref_stream *s)
{
	free(s->data);
}

/* Copies to out what a client must get of data: every CR and CRLF as LF. Returns the length. */
static inline size_t ref_fold_line_ends(char *out, const char *data, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n' || !i || data[i - 1] != '\r')
			out[to++] = data[i] == '\r' ? '\n' : data[i];
	}
	return to;
}

#endif
