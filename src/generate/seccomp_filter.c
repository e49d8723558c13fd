/* seccomp_filter.c: prints, as C, the filter of the system calls that are left to the
 * responder. The Makefile runs it, and src/base/seccomp.c has what it prints.
 *
 * - Made when tailrow is built, and not when it starts: libseccomp would take a CGI 0.4 ms, and
 *   leave 90 KB of its heap in each worker.
 * - Names, not numbers: one that this architecture or this libseccomp does not know is left
 * out.
 *
 * SPDX-License-Identifier: MIT
 */
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/sanitized.h"

/* Each with what older and newer C libraries, and 32-bit machines, make of the same function.
 */
static const char calls[] =
    /* memory */
    "brk madvise mmap mmap2 mprotect mremap munmap "
    /* glibc's qsort() asks how much memory there is, and reads the answer to a refusal */
    "sysinfo "
    /* files, as SQLite has them */
    "_llseek access close faccessat faccessat2 fallocate fadvise64 fadvise64_64 "
    "fchmod fchown fchown32 fcntl fcntl64 fdatasync fstat fstat64 fstatat64 fstatfs "
    "fstatfs64 fsync ftruncate ftruncate64 getcwd lseek lstat lstat64 newfstatat "
    "open openat pread64 pwrite64 read readlink readlinkat readv stat stat64 statfs "
    "statfs64 statx umask unlink unlinkat write writev "
    /* waiting, and what is waited for */
    "_newselect dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait epoll_wait "
    "eventfd2 inotify_add_watch inotify_init1 inotify_rm_watch poll ppoll "
    "ppoll_time64 pselect6 pselect6_time64 select signalfd4 "
    /* sockets that are there */
    "accept accept4 getpeername getsockname getsockopt recv recvfrom send sendto "
    "setsockopt shutdown "
    /* processes and signals; clone() is below */
    "exit exit_group fork futex futex_time64 getegid getegid32 geteuid geteuid32 "
    "getgid getgid32 getpgrp getpid getppid getsid gettid getuid getuid32 kill "
    "pidfd_open restart_syscall rseq rt_sigaction rt_sigprocmask rt_sigreturn "
    "sched_yield set_robust_list set_tid_address sigaltstack sigreturn tgkill uname "
    "vfork wait4 waitid waitpid "
    /* time and chance */
    "clock_getres clock_gettime clock_gettime64 clock_nanosleep "
    "clock_nanosleep_time64 getrandom gettimeofday nanosleep time "
    /* what valgrind does besides */
    "pipe pipe2 rt_sigtimedwait tkill "
    /* to give up more */
    "landlock_add_rule landlock_create_ruleset landlock_restrict_self "
#if TR_SANITIZED
    "getdents getdents64 prctl prlimit64 ptrace sched_getaffinity "
#endif
    ;

#ifdef __s390__
#define CLONE_FLAGS_ARG 1
#else
#define CLONE_FLAGS_ARG 0
#endif

#define NAMESPACES                                                                             \
	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID |          \
	    CLONE_NEWUSER | CLONE_NEWUTS)

/* Calls that are let through with some arguments only. */
static const struct {
	const char *name;
	struct scmp_arg_cmp arg;
} guarded[] = {
    {"clone", {CLONE_FLAGS_ARG, SCMP_CMP_MASKED_EQ, NAMESPACES, 0}},
    {"prctl", {0, SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0}},
    {"prctl", {0, SCMP_CMP_EQ, PR_SET_TIMERSLACK, 0}},
    {"prctl", {0, SCMP_CMP_EQ, PR_GET_SECCOMP, 0}},
};

/* Lets a call through; arg is NULL: whatever its arguments. Returns 0, or a negative errno. */
static int allow(scmp_filter_ctx filter, const char *name, const struct scmp_arg_cmp *arg)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, arg != NULL, arg);
}

static int fill(scmp_filter_ctx filter)
{
	char names[sizeof(calls)];
	int rc = 0;

	memcpy(names, calls, sizeof(calls));
	for (char *name = strtok(names, " "); name && !rc; name = strtok(NULL, " "))
		rc = allow(filter, name, NULL);
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]) && !rc; i++)
		rc = allow(filter, guarded[i].name, &guarded[i].arg);
	return rc;
}

/* Prints the filter, which libseccomp writes as the kernel has it, as an initialiser. */
static int print(scmp_filter_ctx filter)
{
	FILE *file = tmpfile();
	struct sock_filter step;
	int rc = file ? seccomp_export_bpf(filter, fileno(file)) : -errno;

	if (!rc)
		rewind(file);
	while (!rc && fread(&step, sizeof(step), 1, file) == 1)
		printf("{0x%04x, %u, %u, 0x%08x},\n", step.code, step.jt, step.jf, step.k);
	if (file)
		fclose(file);
	return rc;
}

int main(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc = filter ? fill(filter) : -ENOMEM;

	if (!rc) /* a search and no walk, for kernels before 5.11, which do not cache it */
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!rc)
		rc = print(filter);
	if (filter)
		seccomp_release(filter);
	if (rc || fflush(stdout) != 0)
		errx(1, "libseccomp: %s", strerror(-rc));
	return 0;
}
