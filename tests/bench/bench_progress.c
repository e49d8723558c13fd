/* bench_progress.c: what a line of a command's output costs to read, by kind of line.
 *
 * - CPU time of the reader alone, fed in pieces of 64 KB; its sink throws the items away.
 *
 * SPDX-License-Identifier: MIT
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "progress/markup.h"

#define LINES 1000 /* of a kind, fed again and again */
#define ROUNDS 1000
#define PIECE_BYTES 65536

static void drop(void *arg, const struct tr_item *item)
{
	(void)arg;
	(void)item;
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double ns_a_line(const char *line)
{
	struct tr_markup *m = tr_markup_new(TR_MARKUP_AUTO, drop, NULL);
	struct tr_buf text = {0};
	double begun_ns;
	size_t len;

	for (int i = 0; i < LINES; i++)
		tr_buf_adds(&text, line);
	if (!m || tr_buf_err(&text))
		errx(1, "out of memory");
	begun_ns = cpu_ns();
	for (int round = 0; round < ROUNDS; round++)
		for (size_t at = 0; at < text.len; at += len) {
			len = text.len - at < PIECE_BYTES ? text.len - at : PIECE_BYTES;
			tr_markup_feed(m, TR_FROM_STDOUT, text.data + at, len);
		}
	begun_ns = cpu_ns() - begun_ns;
	tr_markup_free(m);
	tr_buf_free(&text);
	return begun_ns / LINES / ROUNDS;
}

int main(void)
{
	static const struct {
		const char *name, *line;
	} rows[] = {
	    {"plain, 32 bytes", "cc -O2 -c src/file.c -o file.o \n"},
	    {"plain, 100 bytes",
		"a line of about the usual length, in which nothing is special, and which "
		"is as long as its name says\n"},
	    {"begins with a number", "12345 of a loop\n"},
	    {"with a time and a level",
		"2026-11-21 05:30:04,123 INFO [main] com.example - up\n"},
	    {"with colours", "\x1b[32mok\x1b[0m 12 - a test that passes\n"},
	    {"from a terminal", "cc -O2 -c src/file.c -o file.o \r\n"},
	    {"JSON", "{\"level\":\"info\",\"message\":\"up\",\"time\":123456}\n"},
	    {"markup", "::debug::an inner value\n"},
	    {"a state of a bar", "\r  3,000,000  20%    9.04MB/s    0:00:00  "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double ns = ns_a_line(rows[i].line);

		printf("%-24s %5.0f ns a line, %4.1f million lines a second\n", rows[i].name,
		    ns, 1e3 / ns);
	}
	return 0;
}
