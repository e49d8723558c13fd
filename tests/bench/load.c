/* load.c: opens many event streams and counts what arrives.
 *
 * usage: load PORT PATH COUNT   (%d in PATH becomes 1 to COUNT)
 * - Prints "open MS" once every stream has sent its first frame, then counts until standard
 *   input ends, then prints one line of JSON.
 * - A counted line holds @SEQ:NS; somewhere: SEQ rises by one, NS is CLOCK_MONOTONIC at the
 *   publisher. What comes out of order, twice or not at all shows in `lost` and `repeated`.
 * - HTTP/1.0, so that nothing has to be unchunked.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CARRY_BYTES 64 /* a mark may be split between two reads */
#define SAMPLES_MOST 8000000

struct viewer {
	int fd;
	int begun;
	int64_t last; /* SEQ; -1 before the first */
	char carry[CARRY_BYTES];
	size_t carry_len;
};

static struct {
	int64_t frames, lost, repeated, ended;
	int begun;
	float *delays_ms;
	size_t samples;
} total;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int open_stream(int port, const char *path, int number, int ep, struct viewer *v)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = v};
	const char *mark = strstr(path, "%d");
	char request[1024];
	int len;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (mark)
		len = snprintf(request, sizeof(request),
		    "GET %.*s%d%s HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n",
		    (int)(mark - path), path, number, mark + 2);
	else
		len = snprintf(request, sizeof(request),
		    "GET %s HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n", path);
	v->last = -1;
	v->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (v->fd < 0 || connect(v->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		err(1, "connect");
	if (write(v->fd, request, (size_t)len) != len)
		err(1, "write");
	return epoll_ctl(ep, EPOLL_CTL_ADD, v->fd, &event);
}

/* Takes one mark that begins at `at`, after the '@'. */
static void count_mark(struct viewer *v, const char *at, int64_t arrived_ns)
{
	char *colon;
	int64_t seq = strtoll(at, &colon, 10);
	int64_t sent_ns = *colon == ':' ? strtoll(colon + 1, NULL, 10) : 0;

	if (!sent_ns)
		return;
	total.frames++;
	if (v->last >= 0 && seq > v->last + 1)
		total.lost += seq - v->last - 1;
	if (v->last >= 0 && seq <= v->last)
		total.repeated++;
	else
		v->last = seq;
	if (total.samples < SAMPLES_MOST)
		total.delays_ms[total.samples++] = (float)(arrived_ns - sent_ns) / 1e6f;
}

static void count(struct viewer *v, char *bytes, size_t len, int64_t arrived_ns)
{
	char *end = bytes + len;
	char *at = bytes, *keep = end;

	while ((at = memchr(at, '@', (size_t)(end - at)))) {
		char *semicolon = memchr(at, ';', (size_t)(end - at));

		if (!semicolon) {
			keep = at;
			break;
		}
		count_mark(v, at + 1, arrived_ns);
		at = semicolon;
	}
	v->carry_len = (size_t)(end - keep) < CARRY_BYTES ? (size_t)(end - keep) : 0;
	memcpy(v->carry, keep, v->carry_len);
}

static void take(struct viewer *v)
{
	static char bytes[CARRY_BYTES + 262144 + 1];
	ssize_t n;

	memcpy(bytes, v->carry, v->carry_len);
	n = read(v->fd, bytes + v->carry_len, sizeof(bytes) - CARRY_BYTES - 1);
	if (n <= 0) {
		total.ended++;
		close(v->fd);
		return;
	}
	bytes[v->carry_len + (size_t)n] = '\0';
	if (!v->begun && (strstr(bytes, "\ndata:") || strstr(bytes, "\n: begun"))) {
		v->begun = 1;
		total.begun++;
	}
	count(v, bytes, v->carry_len + (size_t)n, now_ns());
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double q)
{
	if (!total.samples)
		return 0;
	return (double)total.delays_ms[(size_t)(q * (double)(total.samples - 1))];
}

static void report(const struct viewer *viewers, int count_viewers)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < count_viewers; i++)
		least = viewers[i].last < least ? viewers[i].last : least;
	qsort(total.delays_ms, total.samples, sizeof(float), by_size);
	printf("{\"frames\":%lld,\"lost\":%lld,\"repeated\":%lld,\"ended\":%lld,\"least\":%lld,"
	       "\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}\n",
	    (long long)total.frames, (long long)total.lost, (long long)total.repeated,
	    (long long)total.ended, (long long)least, quantile(0.5), quantile(0.99),
	    quantile(1));
}

int main(int argc, char **argv)
{
	struct epoll_event input = {.events = EPOLLIN}, events[256];
	int number = argc == 4 ? atoi(argv[3]) : 0;
	struct viewer *viewers = calloc((size_t)number + 1, sizeof(*viewers));
	int64_t begun_ns = now_ns();
	int ep = epoll_create1(0), said = 0, over = 0;

	total.delays_ms = malloc(SAMPLES_MOST * sizeof(float));
	if (!number || !viewers || !total.delays_ms)
		errx(2, "usage: load PORT PATH COUNT");
	for (int i = 0; i < number; i++)
		if (open_stream(atoi(argv[1]), argv[2], i + 1, ep, &viewers[i]) != 0)
			err(1, "epoll_ctl");
	if (epoll_ctl(ep, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
		err(1, "epoll_ctl");
	while (!over) {
		int n = epoll_wait(ep, events, 256, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				take(events[i].data.ptr);
			else
				over = 1;
		}
		if (!said && total.begun == number) {
			said = 1;
			printf("open %lld\n", (long long)(now_ns() - begun_ns) / 1000000);
			fflush(stdout);
		}
	}
	report(viewers, number);
	return 0;
}
