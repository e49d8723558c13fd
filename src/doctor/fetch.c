/* fetch.c: asks for an address with curl(1), and takes down the answer as it arrives.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define CONNECT_S "10"
#define REDIRECTS "5"
#define GRACE_S 5 /* curl ends itself, should we have gone, so much after our limit */

/* A curl that runs. */
struct curl {
	pid_t pid;
	int in;	 /* its configuration goes here */
	int out; /* head and body come here */
	int err; /* and here what it says */
	int64_t begun_ns;
};

static void close_both(int ends[2])
{
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

static int spawn(struct curl *curl, char *const *argv, const int ends[3])
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	for (int fd = 0; fd < 3 && !error; fd++)
		error = posix_spawn_file_actions_adddup2(&actions, ends[fd], fd);
	curl->begun_ns = tr_mono_ns();
	if (!error)
		error = posix_spawnp(&curl->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Starts curl; 0 or an errno. */
static int start(struct curl *curl, enum tr_fetch_how how, int64_t limit_ms)
{
	char seconds[24];
	const char *const argv[] = {"curl", "-q", "-K", "-", "-g", "-sS", "-N", "-i", "-L",
	    "--max-redirs", REDIRECTS, "--proto", "=http,https", "--suppress-connect-headers",
	    "--connect-timeout", CONNECT_S, "--max-time", seconds, "-A",
	    "tailrow-doctor/" TR_VERSION, "-H", "Accept: text/event-stream", "-H",
	    "Cache-Control: no-cache", how == TR_FETCH_COMPRESSED ? "--compressed" : NULL,
	    NULL};
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
	int error = 0;

	snprintf(seconds, sizeof(seconds), "%lld", (long long)limit_ms / 1000 + GRACE_S);
	/* a socket, because a write to one need not raise SIGPIPE */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC))
		error = errno;
	if (!error)
		error = spawn(curl, (char *const *)argv, (int[3]){in[1], out[1], err[1]});
	if (error) {
		close_both(in), close_both(out), close_both(err);
		return error;
	}
	close(in[1]), close(out[1]), close(err[1]);
	curl->in = in[0], curl->out = out[0], curl->err = err[0];
	return 0;
}

/* Hands over the address, quoted as curl(1) says under --config. */
static enum tr_err configure(const struct curl *curl, const char *url, struct tr_why *why)
{
	struct tr_buf text = {0};
	enum tr_err err;

	tr_buf_adds(&text, "url = \"");
	for (; *url; url++) {
		if (*url == '"' || *url == '\\')
			tr_buf_adds(&text, "\\");
		tr_buf_add(&text, url, 1);
	}
	tr_buf_adds(&text, "\"\n");
	err = tr_buf_err(&text);
	if (err)
		tr_fail(why, err, "out of memory");
	else if (send(curl->in, text.data, text.len, MSG_NOSIGNAL) != (ssize_t)text.len)
		err = tr_fail(why, TR_SYS, "curl took no address: %s", strerror(errno));
	tr_buf_free(&text);
	return err;
}

/* Whole milliseconds since curl was started, at least 1. */
static int64_t elapsed_ms(const struct curl *curl)
{
	return (tr_mono_ns() - curl->begun_ns) / TR_NS_PER_MS + 1;
}

/* Takes what has come on one of curl's outputs. 0: that was its end. */
static int take(struct curl *curl, int fd, struct tr_reply *reply, size_t *said_len)
{
	char bytes[16384];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	size_t room = sizeof(reply->said) - 1 - *said_len;

	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0)
		return 0;
	if (fd == curl->out) {
		tr_reply_feed(reply, bytes, (size_t)n, elapsed_ms(curl));
	} else {
		size_t len = (size_t)n < room ? (size_t)n : room;

		memcpy(reply->said + *said_len, bytes, len);
		*said_len += len;
	}
	return 1;
}

/* Reads until curl has closed both outputs, or for limit_ms. */
static void listen_to(struct curl *curl, struct tr_reply *reply, int64_t limit_ms)
{
	struct pollfd fds[2] = {
	    {.fd = curl->out, .events = POLLIN}, {.fd = curl->err, .events = POLLIN}};
	size_t said_len = 0;
	int64_t left_ms;

	while (
	    (fds[0].fd >= 0 || fds[1].fd >= 0) && (left_ms = limit_ms - elapsed_ms(curl)) > 0) {
		if (poll(fds, 2, (int)left_ms) < 0)
			continue; /* a signal; the time runs all the same */
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents &&
			    !take(curl, fds[i].fd, reply, &said_len))
				fds[i].fd = -1;
	}
	reply->ended = fds[0].fd < 0 && fds[1].fd < 0;
	reply->end_ms = elapsed_ms(curl);
}

/* Leaves of "curl: (7) Failed to connect" and more lines only what is said. */
static void trim(char *said)
{
	char *after = strncmp(said, "curl: (", 7) == 0 ? strstr(said, ") ") : NULL;

	said[strcspn(said, "\r\n")] = '\0';
	if (after)
		memmove(said, after + 2, strlen(after + 2) + 1);
}

/* Ends curl, if it still runs, and takes its status. */
static void finish(struct curl *curl, struct tr_reply *reply)
{
	int status = 0;

	close(curl->in), close(curl->out), close(curl->err);
	if (!reply->ended)
		kill(curl->pid, SIGTERM);
	while (waitpid(curl->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	reply->curl_status = reply->ended && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	trim(reply->said);
}

enum tr_err tr_fetch(struct tr_reply *reply, const char *url, enum tr_fetch_how how,
    int64_t limit_ms, struct tr_why *why)
{
	struct curl curl;
	int error = start(&curl, how, limit_ms);
	enum tr_err err;

	*reply = (struct tr_reply){0};
	if (error == ENOENT)
		return tr_fail(why, TR_ABSENT, "there is no curl on this system");
	if (error)
		return tr_fail(why, TR_SYS, "curl cannot be started: %s", strerror(error));
	err = configure(&curl, url, why);
	shutdown(curl.in, SHUT_WR);
	if (!err)
		listen_to(&curl, reply, limit_ms);
	finish(&curl, reply);
	return err;
}
