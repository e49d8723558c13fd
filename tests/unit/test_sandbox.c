/* test_sandbox.c: what a confined process cannot do any more, and what it still can.
 *
 * - Nothing of it can be undone: so each test runs in a child of its own, which leaves with the
 *   line that failed.
 * - Where this kernel lacks a part, the tests of that are skipped.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/fence.h"
#include "base/sandbox.h"
#include "base/sanitized.h"
#include "scratch.h"

#define MUST(condition)                                                                        \
	do {                                                                                   \
		if (!(condition))                                                              \
			leave_with(__LINE__);                                                  \
	} while (0)

#define REFUSED(call) MUST((errno = 0, (call) < 0) && errno == ENOSYS)
#define OUTSIDE(call) MUST((errno = 0, (call) < 0) && errno == EACCES)

static int report_fd;

_Noreturn static void leave_with(int line)
{
	ssize_t n = write(report_fd, &line, sizeof(line));

	_exit(n < 0 ? 2 : 1);
}

/* Runs the test in a child; what it cannot do in 20 s it cannot do. */
static void in_a_child(void (*test)(void))
{
	int fds[2], line = 0, status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		report_fd = fds[1];
		alarm(20);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fds[1]);
	if (read(fds[0], &line, sizeof(line)) == sizeof(line))
		fail_msg("line %d failed in the child", line);
	close(fds[0]);
	assert_int_equal(status, 0);
}

static void need_seccomp(void)
{
	if (prctl(PR_GET_SECCOMP) < 0)
		skip();
}

static void need_landlock(void)
{
	if (!tr_landlock_abi())
		skip();
}

/* --- System calls. --- */

static void child_has_lost_calls(void)
{
	char *const args[] = {"/bin/true", NULL};

	tr_sandbox_enter();
	REFUSED(execve("/bin/true", args, args));
	REFUSED(syscall(SYS_execveat, AT_FDCWD, "/bin/true", args, args, 0));
	REFUSED(socket(AF_UNIX, SOCK_STREAM, 0));
	REFUSED(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0}));
	REFUSED(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
	REFUSED(syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL));
	REFUSED(unshare(CLONE_NEWUSER));
	REFUSED(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
	REFUSED(syscall(SYS_clone3, NULL, 0));
	REFUSED(syscall(SYS_init_module, NULL, 0, ""));
	REFUSED(syscall(SYS_bpf, 0, NULL, 0));
	REFUSED(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	REFUSED(syscall(SYS_io_uring_setup, 1, NULL));
	REFUSED(syscall(SYS_userfaultfd, 0));
	REFUSED(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
	REFUSED(syscall(SYS_seccomp, 1, 0, NULL));
	REFUSED(syscall(SYS_setuid, getuid()));
	REFUSED(syscall(SYS_rename, "a", "b"));
	REFUSED(ioctl(STDERR_FILENO, TIOCSTI, "x"));
	if (TR_SANITIZED)
		return;
	REFUSED(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
	REFUSED(prctl(PR_SET_DUMPABLE, 1));
}

static void calls_that_nobody_needs_are_refused(void **state)
{
	(void)state;
	need_seccomp();
	in_a_child(child_has_lost_calls);
}

static void child_has_kept_calls(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll, bell, status;
	pid_t pid;

	tr_sandbox_enter();
	MUST(prctl(PR_SET_PDEATHSIG, SIGTERM) == 0);
	MUST((epoll = epoll_create1(0)) >= 0 && (bell = eventfd(0, 0)) >= 0);
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, bell, &event) == 0);
	pid = fork(); /* as a worker does that reads the database */
	if (pid == 0)
		_exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? 7 : 8);
	MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void the_others_go_on_and_a_child_inherits(void **state)
{
	(void)state;
	need_seccomp();
	in_a_child(child_has_kept_calls);
}

/* A web server's socket, made before. */
static int listen_and_connect(int *client)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "socket"};
	const struct sockaddr *at = (const struct sockaddr *)&addr;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	*client = socket(AF_UNIX, SOCK_STREAM, 0);
	MUST(bind(listener, at, sizeof(addr)) == 0 && listen(listener, 1) == 0);
	MUST(connect(*client, at, sizeof(addr)) == 0);
	return listener;
}

static void child_serves(void)
{
	struct tr_fence fence = {0};
	int client, listener = listen_and_connect(&client), fd;
	char byte;

	tr_sandbox_enter();
	tr_fence_shut(&fence);
	MUST((fd = accept(listener, NULL, NULL)) >= 0);
	MUST(send(fd, "x", 1, 0) == 1 && recv(client, &byte, 1, 0) == 1);
	MUST(shutdown(fd, SHUT_RDWR) == 0 && close(fd) == 0);
}

static void connections_are_accepted(void **state)
{
	(void)state;
	in_a_child(child_serves);
}

static void *take(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void child_is_limited(void)
{
	int opened = 0;

	tr_sandbox_enter();
	while (opened < 2 * TR_SANDBOX_DESCRIPTORS && dup(STDIN_FILENO) >= 0)
		opened++;
	MUST(errno == EMFILE && opened < TR_SANDBOX_DESCRIPTORS);
	if (TR_SANITIZED)
		return;
	MUST(take(TR_SANDBOX_DATA_BYTES) == MAP_FAILED);
	MUST(take(TR_SANDBOX_DATA_BYTES / 2) != MAP_FAILED);
}

static void memory_and_descriptors_are_limited(void **state)
{
	(void)state;
	in_a_child(child_is_limited);
}

/* --- Files. --- */

/* Makes a/db, b/db and a link to a/db in links/, and shuts a fence around those that are
 * given; confines no system calls, so that what is refused is for where it is. */
static void shut_around(struct tr_fence *fence, const char *file, enum tr_may may)
{
	MUST(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0 && mkdir("links", 0700) == 0);
	MUST(creat("a/db", 0600) >= 0 && creat("b/db", 0600) >= 0);
	MUST(symlink("../a/db", "links/db") == 0);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	tr_fence_let(fence, NULL, TR_MAY_WRITE);
	tr_fence_let(fence, file, may);
	tr_fence_shut(fence);
}

static void must_be_shut(void)
{
	OUTSIDE(open("/etc/passwd", O_RDONLY));
	OUTSIDE(open("/", O_RDONLY | O_DIRECTORY));
	OUTSIDE(open("b/db", O_RDONLY));
	OUTSIDE(open("b/new", O_WRONLY | O_CREAT, 0600));
	OUTSIDE(open("/proc/self/../1/environ", O_RDONLY));
	OUTSIDE(unlink("b/db"));
	OUTSIDE(mkdir("a/directory", 0700));
	MUST(open("/dev/urandom", O_RDONLY) >= 0);
}

static void child_writes(void)
{
	struct tr_fence fence = {0};

	shut_around(&fence, "a/db", TR_MAY_WRITE);
	must_be_shut();
	MUST(open("a/db", O_RDWR) >= 0 && open("a", O_RDONLY | O_DIRECTORY) >= 0);
	MUST(open("a/db-wal", O_RDWR | O_CREAT, 0600) >= 0 && truncate("a/db-wal", 9) == 0);
	MUST(unlink("a/db-wal") == 0);
}

static void a_writer_has_its_directory(void **state)
{
	(void)state;
	need_landlock();
	in_a_child(child_writes);
}

static void child_shares(void)
{
	struct tr_fence fence = {0};

	shut_around(&fence, "a/db", TR_MAY_SHARE);
	must_be_shut();
	MUST(open("a/db-shm", O_RDWR | O_CREAT, 0600) >= 0);
	OUTSIDE(unlink("a/db"));
}

static void a_reader_deletes_nothing(void **state)
{
	(void)state;
	need_landlock();
	in_a_child(child_shares);
}

static void child_reads(void)
{
	struct tr_fence fence = {0};

	shut_around(&fence, "a/db", TR_MAY_READ);
	must_be_shut();
	MUST(open("a/db", O_RDONLY) >= 0);
	OUTSIDE(open("a/db", O_RDWR));
	OUTSIDE(open("a/new", O_WRONLY | O_CREAT, 0600));
}

static void a_file_of_secrets_is_only_read(void **state)
{
	(void)state;
	need_landlock();
	in_a_child(child_reads);
}

static void child_follows_link(void)
{
	struct tr_fence fence = {0};

	shut_around(&fence, "links/db", TR_MAY_SHARE);
	must_be_shut();
	MUST(open("links/db", O_RDWR) >= 0 && open("a/db", O_RDWR) >= 0);
	OUTSIDE(open("links", O_RDONLY | O_DIRECTORY));
}

static void a_link_leads_to_where_the_file_is(void **state)
{
	(void)state;
	need_landlock();
	in_a_child(child_follows_link);
}

static void child_signals(void)
{
	struct tr_fence fence = {0};
	pid_t pid;

	shut_around(&fence, "a/db", TR_MAY_SHARE);
	if (tr_landlock_abi() >= 6)
		MUST(kill(getppid(), 0) < 0 && errno == EPERM);
	pid = fork();
	if (pid == 0)
		pause();
	MUST(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static void only_its_own_children_are_signalled(void **state)
{
	(void)state;
	need_landlock();
	in_a_child(child_signals);
}

/* Puts another directory in the place of one, and one where none was, which a confined process
 * could not. */
static pid_t fork_mover(int *go_fd, int *done_fd)
{
	int go[2], done[2];
	pid_t pid;
	char byte;

	MUST(pipe(go) == 0 && pipe(done) == 0);
	pid = fork();
	if (pid == 0) {
		MUST(read(go[0], &byte, 1) == 1);
		MUST(rename("a", "old") == 0 && mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0);
		_exit(write(done[1], "x", 1) != 1);
	}
	*go_fd = go[1];
	*done_fd = done[0];
	return pid;
}

static void must_see_move(const char *file)
{
	struct tr_fence fence = {0};
	int go_fd, done_fd;
	char byte;

	MUST(mkdir("a", 0700) == 0);
	MUST(fork_mover(&go_fd, &done_fd) > 0);
	tr_fence_let(&fence, file, TR_MAY_SHARE);
	tr_fence_shut(&fence);
	MUST(!tr_fence_moved(&fence));
	MUST(write(go_fd, "x", 1) == 1 && read(done_fd, &byte, 1) == 1);
	MUST(tr_fence_moved(&fence));
}

static void child_sees_another(void)
{
	must_see_move("a/db");
}

static void child_sees_one_appear(void)
{
	must_see_move("b/db");
}

static void a_directory_put_in_its_place_is_another(void **state)
{
	(void)state;
	in_a_child(child_sees_another);
}

static void a_directory_that_was_not_there_is_seen(void **state)
{
	(void)state;
	in_a_child(child_sees_one_appear);
}

/* --- What is in force. --- */

static void child_tells(void)
{
	struct tr_fence fence = {0};

	MUST(strcmp(tr_sandbox_state(), "none") == 0);
	tr_sandbox_enter();
	MUST(strcmp(tr_sandbox_state(), "seccomp") == 0);
	tr_fence_shut(&fence);
	MUST(strcmp(tr_sandbox_state(), "seccomp, Landlock") == 0);
}

static void it_tells_what_is_in_force(void **state)
{
	(void)state;
	need_seccomp();
	need_landlock();
	in_a_child(child_tells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_that_nobody_needs_are_refused),
	    cmocka_unit_test(the_others_go_on_and_a_child_inherits),
	    cmocka_unit_test_setup_teardown(connections_are_accepted, enter, leave),
	    cmocka_unit_test(memory_and_descriptors_are_limited),
	    cmocka_unit_test_setup_teardown(a_writer_has_its_directory, enter, leave),
	    cmocka_unit_test_setup_teardown(a_reader_deletes_nothing, enter, leave),
	    cmocka_unit_test_setup_teardown(a_file_of_secrets_is_only_read, enter, leave),
	    cmocka_unit_test_setup_teardown(a_link_leads_to_where_the_file_is, enter, leave),
	    cmocka_unit_test_setup_teardown(only_its_own_children_are_signalled, enter, leave),
	    cmocka_unit_test_setup_teardown(
		a_directory_put_in_its_place_is_another, enter, leave),
	    cmocka_unit_test_setup_teardown(
		a_directory_that_was_not_there_is_seen, enter, leave),
	    cmocka_unit_test(it_tells_what_is_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
