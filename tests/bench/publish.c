/* publish.c: commits log rows at a steady rate; or, for the peers, hands the same lines on.
 *
 * usage: publish db FILE RATE COUNT ROWS JOB    a commit of ROWS rows, RATE times a second
 *        publish job FILE RATE COUNT 1 JOB      the line becomes the job's step
 *        publish fifo FILE RATE COUNT ROWS      ROWS lines in one write
 *        publish http PORT RATE COUNT ROWS      ROWS POSTs to /pub over one connection
 * - Each row is @SEQ:NS; and padding to 100 bytes. JOB 0: lines of no job.
 * - Prints the median time of a publication in ms: a row's NS is from before it began.
 * - The -wal is not synced (synchronous=OFF), so that the disk is not what is measured.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 100
#define ROWS_MOST 100

static sqlite3 *db;
static sqlite3_stmt *write_line;
static int out = -1;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Writes one line of LINE_BYTES to `to`, without an end. */
static void make_line(char *to, int64_t seq)
{
	int len = snprintf(to, LINE_BYTES, "@%lld:%lld;", (long long)seq, (long long)now_ns());

	memset(to + len, '.', (size_t)(LINE_BYTES - len));
}

static void check(int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		errx(1, "%s", sqlite3_errmsg(db));
}

static void open_db(const char *path, const char *statement, int64_t job)
{
	check(sqlite3_open(path, &db));
	sqlite3_busy_timeout(db, 10000);
	check(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL));
	check(sqlite3_prepare_v2(db, statement, -1, &write_line, NULL));
	if (job)
		check(sqlite3_bind_int64(write_line, 1, job));
}

static void to_db(int64_t seq, int rows)
{
	char line[LINE_BYTES];

	check(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	for (int i = 0; i < rows; i++) {
		make_line(line, seq + i);
		check(sqlite3_bind_text(write_line, 2, line, LINE_BYTES, SQLITE_STATIC));
		check(sqlite3_step(write_line));
		check(sqlite3_reset(write_line));
	}
	check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
}

static void to_fifo(int64_t seq, int rows)
{
	char lines[ROWS_MOST * (LINE_BYTES + 1)];
	size_t len = (size_t)rows * (LINE_BYTES + 1);

	for (int i = 0; i < rows; i++) {
		make_line(lines + i * (LINE_BYTES + 1), seq + i);
		lines[i * (LINE_BYTES + 1) + LINE_BYTES] = '\n';
	}
	if (write(out, lines, len) != (ssize_t)len)
		err(1, "write");
}

static void open_http(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	out = socket(AF_INET, SOCK_STREAM, 0);
	if (out < 0 || connect(out, (struct sockaddr *)&to, sizeof(to)) != 0)
		err(1, "connect");
}

static void to_http(int64_t seq, int rows)
{
	char request[512], answer[4096];

	for (int i = 0; i < rows; i++) {
		int len = snprintf(request, sizeof(request),
		    "POST /pub HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", LINE_BYTES);

		make_line(request + len, seq + i);
		if (write(out, request, (size_t)len + LINE_BYTES) != len + LINE_BYTES ||
		    read(out, answer, sizeof(answer)) <= 0)
			err(1, "post");
	}
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	void (*publish)(int64_t, int) = to_db;
	int64_t gap_ns, next_ns, begun_ns;
	int count, rows;
	float *took_ms;

	if (argc < 6)
		errx(2, "usage: publish db|job|fifo|http WHERE RATE COUNT ROWS [JOB]");
	gap_ns = INT64_C(1000000000) / atoi(argv[3]);
	count = atoi(argv[4]);
	rows = atoi(argv[5]);
	took_ms = calloc((size_t)count + 1, sizeof(*took_ms));
	if (!took_ms)
		err(1, "calloc");
	if (strcmp(argv[1], "db") == 0) {
		open_db(argv[2], "INSERT INTO log(job_id, message) VALUES(?, ?)",
		    argc > 6 ? atoll(argv[6]) : 0);
	} else if (strcmp(argv[1], "job") == 0 && argc > 6) {
		open_db(argv[2], "UPDATE job SET step = ?2 WHERE id = ?1", atoll(argv[6]));
	} else if (strcmp(argv[1], "fifo") == 0) {
		publish = to_fifo;
		out = open(argv[2], O_WRONLY);
	} else {
		publish = to_http;
		open_http(atoi(argv[2]));
	}
	next_ns = now_ns();
	for (int i = 0; i < count; i++) {
		struct timespec until;

		next_ns += gap_ns;
		until = (struct timespec){next_ns / 1000000000, next_ns % 1000000000};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		begun_ns = now_ns();
		publish((int64_t)i * rows, rows);
		took_ms[i] = (float)(now_ns() - begun_ns) / 1e6f;
	}
	qsort(took_ms, (size_t)count, sizeof(*took_ms), by_size);
	printf("%.3f\n", (double)took_ms[count / 2]);
	free(took_ms);
	sqlite3_finalize(write_line);
	sqlite3_close(db);
	return 0;
}
