/* listen.c: the listening socket where no web server hands one over.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/query.h"

#define BACKLOG 1024	/* a burst of clients that come back waits here, not in an error */
#define SYSTEMD_FIRST 3 /* SD_LISTEN_FDS_START */

static enum tr_err to_descriptor_0(int fd, const char *address, struct tr_why *why)
{
	if (fd < 0)
		return tr_fail(why, errno == EACCES ? TR_DENIED : TR_SYS,
		    "cannot listen at %s: %s", address, strerror(errno));
	if (fd == 0) /* standard input was closed */
		return TR_OK;
	if (dup2(fd, 0) < 0) {
		close(fd);
		return tr_fail(why, TR_SYS, "dup2: %s", strerror(errno));
	}
	close(fd);
	return TR_OK;
}

/* A listening socket, or -1 with errno set. */
static int listen_at(int family, const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1, saved;

	if (fd < 0)
		return -1;
	if (family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, addr, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Whether somebody accepts at the socket file. */
static int is_alive(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int alive = fd >= 0 && connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0;

	if (fd >= 0)
		close(fd);
	return alive;
}

static enum tr_err listen_unix(const char *path, struct tr_why *why)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int fd;

	if (!*path || strlen(path) >= sizeof(addr.sun_path))
		return tr_fail(why, TR_INVALID,
		    "'%s' cannot name a socket: a path of 1 to %zu bytes can", path,
		    sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (stat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (is_alive(&addr))
			return tr_fail(why, TR_SYS,
			    "another process listens at %s: stop it, or name another socket",
			    path);
		unlink(path);
	}
	mask = umask(0117);
	fd = listen_at(AF_UNIX, (const struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	return to_descriptor_0(fd, path, why);
}

/* An IPv6 address stands in brackets, as in a URL (RFC 3986, section 3.2.2). */
static enum tr_err listen_tcp(const char *address, const char *colon, struct tr_why *why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	int bracketed = *address == '[' && colon[-1] == ']';
	const char *at = address + bracketed;
	struct addrinfo *found = NULL;
	char host[256];
	int fd = -1, rc;

	snprintf(host, sizeof(host), "%.*s", (int)(colon - bracketed - at), at);
	rc = getaddrinfo(*host || bracketed ? host : NULL, colon + 1, &hints, &found);
	if (rc)
		return tr_fail(
		    why, TR_INVALID, "cannot listen at %s: %s", address, gai_strerror(rc));
	for (struct addrinfo *one = found; one && fd < 0; one = one->ai_next)
		fd = listen_at(one->ai_family, one->ai_addr, one->ai_addrlen);
	freeaddrinfo(found);
	return to_descriptor_0(fd, address, why);
}

enum tr_err tr_listen(const char *address, struct tr_why *why)
{
	const char *colon = strrchr(address, ':');
	int64_t port; /* getaddrinfo() would take 99999 for 34463 */

	if (strncmp(address, "unix:", 5) == 0)
		return listen_unix(address + 5, why);
	if (!colon || tr_query_number(colon + 1, 1, 65535, &port))
		return tr_fail(why, TR_INVALID,
		    "--listen takes unix:PATH or HOST:PORT, not '%.60s'", address);
	return listen_tcp(address, colon, why);
}

enum tr_err tr_listen_inherited(struct tr_why *why)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");

	if (!pid || !fds || strtol(pid, NULL, 10) != (long)getpid() || strcmp(fds, "1") != 0)
		return TR_ABSENT;
	return to_descriptor_0(SYSTEMD_FIRST, "the socket from systemd", why);
}
