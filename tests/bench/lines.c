/* lines.c: prints numbered lines at a steady rate, and tells how long that took.
 *
 * usage: lines COUNT PER_SECOND FILE   (PER_SECOND 0: as fast as they are taken)
 * - A line is "N a line as a build prints it, of some eighty bytes …", about 80 bytes.
 * - Every millisecond what is due is written, as by a program that flushes its buffer.
 * - The seconds from the first to the last write are written into FILE.
 *
 * SPDX-License-Identifier: MIT
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#define TEXT " compiled src/module/file.c with some options, as a build prints it; ok"

static void sleep_until(int64_t at_ns)
{
	struct timespec t = {at_ns / TR_NS_PER_S, at_ns % TR_NS_PER_S};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

static void print(long from, long to)
{
	for (long n = from; n < to; n++)
		printf("%ld%s\n", n + 1, TEXT);
	if (fflush(stdout))
		err(1, "standard output");
}

static void print_paced(long count, long per_second, int64_t begun_ns)
{
	long done = 0;

	for (int64_t tick = 1; done < count; tick++) {
		long due = (long)(tick * per_second / 1000);

		sleep_until(begun_ns + tick * TR_NS_PER_MS);
		due = due < count ? due : count;
		print(done, due);
		done = due;
	}
}

int main(int argc, char **argv)
{
	long count = argc == 4 ? atol(argv[1]) : 0, per_second = argc == 4 ? atol(argv[2]) : 0;
	int64_t begun_ns = tr_mono_ns();
	FILE *file;

	if (count < 1)
		errx(2, "usage: lines COUNT PER_SECOND FILE");
	if (per_second)
		print_paced(count, per_second, begun_ns);
	else
		print(0, count);
	file = fopen(argv[3], "w");
	if (!file || fprintf(file, "%.6f\n", (double)(tr_mono_ns() - begun_ns) / 1e9) < 0 ||
	    fclose(file))
		err(1, "%s", argv[3]);
	return 0;
}
