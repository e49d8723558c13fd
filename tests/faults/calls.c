/* calls.c: a library for LD_PRELOAD: the calls that can fail.
 *
 * - For builds without _FORTIFY_SOURCE, whose read() is not another function.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fault.h"

extern void __lsan_do_leak_check(void) __attribute__((weak));

/* The function of that name behind this library. */
#define NEXT(name)                                                                             \
	static __typeof__(name) *next;                                                         \
	if (!next) {                                                                           \
		fault_inside++;                                                                \
		*(void **)&next = dlsym(RTLD_NEXT, #name);                                     \
		fault_inside--;                                                                \
	}

/* --- memory: dlsym() itself allocates, so these are found by other names --- */

#define BEHIND(result, name, params, args)                                                     \
	extern result __libc_##name params;                                                    \
	extern result __interceptor_##name params __attribute__((weak)); /* a sanitizer's */   \
	static result real_##name params                                                       \
	{                                                                                      \
		return __interceptor_##name ? __interceptor_##name args : __libc_##name args;  \
	}
BEHIND(void *, malloc, (size_t size), (size))
BEHIND(void *, calloc, (size_t count, size_t size), (count, size))
BEHIND(void *, realloc, (void *at, size_t size), (at, size))

void *malloc(size_t size)
{
	return fault_strikes(FAMILY_ALLOC, "malloc", -1) ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fault_strikes(FAMILY_ALLOC, "calloc", -1) ? NULL : real_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
	return fault_strikes(FAMILY_ALLOC, "realloc", -1) ? NULL : real_realloc(at, size);
}

#define ALLOCATES(result, name, params, args)                                                  \
	result *name params                                                                    \
	{                                                                                      \
		result *got;                                                                   \
		NEXT(name)                                                                     \
		if (fault_strikes(FAMILY_ALLOC, #name, -1))                                    \
			return NULL;                                                           \
		fault_inside++;                                                                \
		got = next args;                                                               \
		fault_inside--;                                                                \
		return got;                                                                    \
	}

/* Under a sanitizer these do not call malloc(). */
ALLOCATES(char, strdup, (const char *text), (text))
ALLOCATES(char, strndup, (const char *text, size_t len), (text, len))

/* These do, and glibc 2.36 does not survive its failure there: nss_database.c asserts at 291,
 * and reads at NULL at 402. */
ALLOCATES(struct passwd, getpwuid, (uid_t uid), (uid))
ALLOCATES(struct passwd, getpwnam, (const char *login), (login))
ALLOCATES(struct group, getgrgid, (gid_t gid), (gid))

/* --- bytes; a call that does half moves half of them --- */

#define MOVES(family, name, params, args, half)                                                \
	ssize_t name params                                                                    \
	{                                                                                      \
		NEXT(name)                                                                     \
		if (!fault_strikes_move(family, #name, fd, len))                               \
			return next args;                                                      \
		return fault_error() ? -1 : next half;                                         \
	}

MOVES(FAMILY_READ, read, (int fd, void *at, size_t len), (fd, at, len), (fd, at, len / 2))
MOVES(FAMILY_READ, pread, (int fd, void *at, size_t len, off_t from), (fd, at, len, from),
    (fd, at, len / 2, from))
MOVES(FAMILY_READ, pread64, (int fd, void *at, size_t len, off64_t from), (fd, at, len, from),
    (fd, at, len / 2, from))
MOVES(
    FAMILY_WRITE, write, (int fd, const void *at, size_t len), (fd, at, len), (fd, at, len / 2))
MOVES(FAMILY_WRITE, pwrite, (int fd, const void *at, size_t len, off_t to), (fd, at, len, to),
    (fd, at, len / 2, to))
MOVES(FAMILY_WRITE, pwrite64, (int fd, const void *at, size_t len, off64_t to),
    (fd, at, len, to), (fd, at, len / 2, to))
MOVES(FAMILY_WRITE, send, (int fd, const void *at, size_t len, int flags), (fd, at, len, flags),
    (fd, at, len / 2, flags))

/* --- whatever returns -1 or does all of it --- */

#define FAILS(family, of, name, params, args)                                                  \
	int name params                                                                        \
	{                                                                                      \
		NEXT(name)                                                                     \
		return fault_strikes(family, #name, of) ? -1 : next args;                      \
	}

FAILS(FAMILY_SYNC, fd, fsync, (int fd), (fd))
FAILS(FAMILY_SYNC, fd, fdatasync, (int fd), (fd))
FAILS(FAMILY_SYNC, fd, ftruncate64, (int fd, off64_t len), (fd, len))
FAILS(FAMILY_SYNC, -1, msync, (void *at, size_t len, int flags), (at, len, flags))

FAILS(FAMILY_OPEN, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAILS(FAMILY_OPEN, -1, pipe2, (int fds[2], int flags), (fds, flags))
FAILS(FAMILY_OPEN, -1, socketpair, (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds))
FAILS(FAMILY_OPEN, -1, accept, (int fd, __SOCKADDR_ARG addr, socklen_t *len), (fd, addr, len))
FAILS(FAMILY_OPEN, -1, eventfd, (unsigned count, int flags), (count, flags))
FAILS(FAMILY_OPEN, -1, epoll_create1, (int flags), (flags))
FAILS(FAMILY_OPEN, -1, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
FAILS(FAMILY_OPEN, -1, dup2, (int fd, int to), (fd, to))
FAILS(FAMILY_OPEN, -1, mkdir, (const char *path, mode_t mode), (path, mode))

FAILS(FAMILY_STAT, -1, stat, (const char *restrict path, struct stat *restrict st), (path, st))
FAILS(FAMILY_STAT, -1, stat64, (const char *restrict path, struct stat64 *restrict st),
    (path, st))
FAILS(FAMILY_STAT, -1, lstat64, (const char *restrict path, struct stat64 *restrict st),
    (path, st))
FAILS(FAMILY_STAT, fd, fstat, (int fd, struct stat *st), (fd, st))
FAILS(FAMILY_STAT, fd, fstat64, (int fd, struct stat64 *st), (fd, st))
FAILS(FAMILY_STAT, -1, statfs, (const char *path, struct statfs *fs), (path, fs))

FAILS(FAMILY_MAP, -1, mprotect, (void *at, size_t len, int protection), (at, len, protection))

FAILS(FAMILY_LOCK, fd, flock, (int fd, int operation), (fd, operation))

FAILS(FAMILY_POLL, -1, poll, (struct pollfd * fds, nfds_t count, int timeout_ms),
    (fds, count, timeout_ms))
FAILS(FAMILY_POLL, -1, ppoll,
    (struct pollfd * fds, nfds_t count, const struct timespec *timeout, const sigset_t *open),
    (fds, count, timeout, open))
FAILS(FAMILY_POLL, fd, epoll_wait,
    (int fd, struct epoll_event *events, int count, int timeout_ms),
    (fd, events, count, timeout_ms))

FAILS(FAMILY_NOTIFY, -1, inotify_init1, (int flags), (flags))
FAILS(FAMILY_NOTIFY, fd, inotify_add_watch, (int fd, const char *path, uint32_t mask),
    (fd, path, mask))
FAILS(FAMILY_NOTIFY, fd, epoll_ctl, (int fd, int what, int of, struct epoll_event *event),
    (fd, what, of, event))

/* --- and those that need a word of their own --- */

/* A sanitizer that is to look for leaks must get through the program's sandbox to /proc. */
static int is_sanitizers(const char *path)
{
	return strncmp(path, "/proc", 5) == 0;
}

#define OPENS(name, before, args)                                                              \
	int name(before const char *path, int flags, ...)                                      \
	{                                                                                      \
		va_list more;                                                                  \
		mode_t mode;                                                                   \
		NEXT(name)                                                                     \
		va_start(more, flags);                                                         \
		mode = va_arg(more, mode_t);                                                   \
		va_end(more);                                                                  \
		if (!is_sanitizers(path) && fault_strikes(FAMILY_OPEN, #name, -1))             \
			return -1;                                                             \
		return next args;                                                              \
	}
#define NOTHING
#define DIRECTORY int dir,

OPENS(open, NOTHING, (path, flags, mode))
OPENS(open64, NOTHING, (path, flags, mode))
OPENS(openat, DIRECTORY, (dir, path, flags, mode))

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	NEXT(fopen)
	return fault_strikes(FAMILY_OPEN, "fopen", -1) ? NULL : next(path, mode);
}

int fallocate(int fd, int mode, off_t from, off_t len)
{
	NEXT(fallocate)
	return fault_strikes(FAMILY_SYNC, "fallocate", fd) ? -1 : next(fd, mode, from, len);
}

#define MAPS(name, offset)                                                                     \
	void *name(void *at, size_t len, int protection, int flags, int fd, offset from)       \
	{                                                                                      \
		NEXT(name)                                                                     \
		return fault_strikes(FAMILY_MAP, #name, fd)                                    \
			   ? MAP_FAILED                                                        \
			   : next(at, len, protection, flags, fd, from);                       \
	}
MAPS(mmap, off_t)
MAPS(mmap64, off64_t)

/* Locks alone: what else fcntl() does cannot fail. */
#define CONTROLS(name)                                                                         \
	int name(int fd, int command, ...)                                                     \
	{                                                                                      \
		va_list more;                                                                  \
		void *arg;                                                                     \
		NEXT(name)                                                                     \
		va_start(more, command);                                                       \
		arg = va_arg(more, void *);                                                    \
		va_end(more);                                                                  \
		if ((command == F_SETLK || command == F_OFD_SETLK) &&                          \
		    ((struct flock *)arg)->l_type != F_UNLCK &&                                \
		    fault_strikes(FAMILY_LOCK, #name, fd))                                     \
			return -1;                                                             \
		return next(fd, command, arg);                                                 \
	}
CONTROLS(fcntl)
CONTROLS(fcntl64)

pid_t fork(void)
{
	pid_t pid;

	NEXT(fork)
	if (fault_strikes(FAMILY_FORK, "fork", -1))
		return -1;
	pid = next();
	if (pid == 0)
		fault_forked();
	return pid;
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attributes,
    char *const argv[restrict], char *const env[restrict])
{
	NEXT(posix_spawnp)
	if (fault_strikes(FAMILY_FORK, "posix_spawnp", -1))
		return fault_error();
	return next(pid, file, actions, attributes, argv, env);
}

/* pidfd_open() alone has no function of its own. */
long syscall(long number, ...)
{
	va_list more;
	long a[6];

	NEXT(syscall)
	va_start(more, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	if (number == SYS_pidfd_open && fault_strikes(FAMILY_OPEN, "pidfd_open", -1))
		return -1;
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* A process of the pool ends here, and not by exit(), where a sanitizer looks for leaks. */
void _exit(int status)
{
	NEXT(_exit)
	if (fault_leave() && __lsan_do_leak_check)
		__lsan_do_leak_check();
	next(status);
	__builtin_unreachable();
}
