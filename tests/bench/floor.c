/* floor.c: the least that a process per stream can cost: a FastCGI program without a database
 * whose workers relay what another process puts into shared memory.
 *
 * - Environment: FLOOR_WORKERS processes, and either FLOOR_FIFO (lines from there are sent at
 *   once) or FLOOR_POLL (a database, whose log every worker asks each 500 ms: the page that
 *   polls, moved into the server).
 * - One wake is one eventfd that all inherit and nobody reads; each worker has its own epoll.
 *
 * SPDX-License-Identifier: MIT
 */
#include <err.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LINES 1024
#define LINE_BYTES 128
#define POLL_MS 500

static struct {
	_Atomic uint64_t count;
	char lines[LINES][LINE_BYTES];
} * shared;

static int wake_fd;

static int send_lines(FCGX_Request *request, uint64_t *sent)
{
	uint64_t count = atomic_load(&shared->count);

	if (*sent == count)
		return 0;
	for (; *sent < count; (*sent)++)
		FCGX_FPrintF(request->out, "id: %d\ndata: %s\n\n", (int)*sent,
		    shared->lines[*sent % LINES]);
	return FCGX_FFlush(request->out);
}

static void relay(FCGX_Request *request)
{
	struct epoll_event wake = {.events = EPOLLIN | EPOLLET}, got;
	uint64_t sent = atomic_load(&shared->count);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct pollfd fds[2] = {
	    {.fd = ep, .events = POLLIN}, {.fd = request->ipcFd, .events = POLLIN | POLLRDHUP}};

	epoll_ctl(ep, EPOLL_CTL_ADD, wake_fd, &wake);
	while (send_lines(request, &sent) >= 0) {
		poll(fds, 2, -1);
		if (fds[1].revents)
			break;
		epoll_wait(ep, &got, 1, 0);
	}
	close(ep);
}

static int send_rows(FCGX_Request *request, sqlite3_stmt *select, int64_t *last)
{
	int n = 0;

	sqlite3_bind_int64(select, 1, *last);
	while (sqlite3_step(select) == SQLITE_ROW) {
		*last = sqlite3_column_int64(select, 0);
		FCGX_FPrintF(request->out, "id: %d\ndata: %s\n\n", (int)*last,
		    (const char *)sqlite3_column_text(select, 1));
		n++;
	}
	sqlite3_reset(select);
	return n ? FCGX_FFlush(request->out) : 0;
}

static void ask(FCGX_Request *request, const char *path)
{
	struct pollfd fd = {.fd = request->ipcFd, .events = POLLIN | POLLRDHUP};
	sqlite3_stmt *select = NULL;
	sqlite3 *db = NULL;
	int64_t last = INT64_MAX;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT coalesce(max(id), 0) FROM log", -1, &select, NULL) ==
		SQLITE_OK &&
	    sqlite3_step(select) == SQLITE_ROW)
		last = sqlite3_column_int64(select, 0);
	sqlite3_finalize(select);
	sqlite3_prepare_v2(
	    db, "SELECT id, message FROM log WHERE id > ? ORDER BY id", -1, &select, NULL);
	while (send_rows(request, select, &last) >= 0 && poll(&fd, 1, POLL_MS) == 0)
		continue;
	sqlite3_finalize(select);
	sqlite3_close(db);
}

static void work(void)
{
	const char *database = getenv("FLOOR_POLL");
	FCGX_Request request;
	char body[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	FCGX_Init();
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_GetStr(body, sizeof(body), request.in);
		FCGX_PutS("Content-Type: text/event-stream\r\n\r\n"
			  ": begun                                                          "
			  "                        \n\n",
		    request.out);
		FCGX_FFlush(request.out);
		if (database)
			ask(&request, database);
		else
			relay(&request);
		FCGX_Finish_r(&request);
	}
	_exit(0);
}

/* Takes lines from the fifo and wakes everybody, once for what came together. */
static void feed(const char *path)
{
	static char bytes[65536];
	uint64_t one = 1;
	int fd = open(path, O_RDWR);
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, bytes + have, sizeof(bytes) - have)) > 0) {
		char *at = bytes, *end = bytes + have + n, *newline;

		while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
			uint64_t count = atomic_load(&shared->count);

			snprintf(shared->lines[count % LINES], LINE_BYTES, "%.*s",
			    (int)(newline - at), at);
			atomic_store(&shared->count, count + 1);
			at = newline + 1;
		}
		have = (size_t)(end - at);
		memmove(bytes, at, have);
		if (write(wake_fd, &one, sizeof(one)) < 0)
			err(1, "eventfd");
	}
}

int main(void)
{
	int workers = atoi(getenv("FLOOR_WORKERS"));

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	wake_fd = eventfd(0, EFD_NONBLOCK);
	for (int i = 0; i < workers; i++)
		if (fork() == 0)
			work();
	if (getenv("FLOOR_FIFO"))
		feed(getenv("FLOOR_FIFO"));
	pause();
	return 0;
}
