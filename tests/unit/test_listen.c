/* test_listen.c: the listening socket ends on descriptor 0, or a sentence says why not.
 *
 * - Descriptor 0 is the process's: so what listens does it in a child, and leaves with the
 *   line of the check that failed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/listen.h"

#define MUST(condition)                                                                        \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                \
			_exit(1);                                                              \
		}                                                                              \
	} while (0)

static char dir[64], address[128];
static const char *path; /* of the address */

static int enter(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/tailrow-listen-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(address, sizeof(address), "unix:%s/socket", dir);
	path = address + 5;
	return 0;
}

static int leave(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void in_a_child(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The test and the child that runs it. */
#define child_test(name)                                                                       \
	static void name(void **state)                                                         \
	{                                                                                      \
		(void)state;                                                                   \
		in_a_child(child_##name);                                                      \
	}

static int connects_unix(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ok;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ok = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
	close(fd);
	return ok;
}

static int is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

/* How many descriptors are open. */
static int open_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void child_a_socket_file(void)
{
	mode_t mask = umask(027);
	int before = open_fds();
	struct stat st;

	MUST(tr_listen(address, NULL) == TR_OK);
	MUST(is_listening(0));
	MUST(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0660);
	MUST(connects_unix());
	MUST(open_fds() == before);
	MUST(umask(mask) == 027);
}
child_test(a_socket_file)

    /* The socket file that a killed process leaves behind. */
    static void child_a_stale_socket_is_replaced(void)
{
	MUST(tr_listen(address, NULL) == TR_OK);
	close(0);
	MUST(open("/dev/null", O_RDONLY) == 0);
	MUST(!connects_unix());
	MUST(tr_listen(address, NULL) == TR_OK);
	MUST(connects_unix());
}
child_test(a_stale_socket_is_replaced)

    static void child_another_that_listens_is_left_alone(void)
{
	struct tr_why why = {0};
	int first;

	MUST(tr_listen(address, NULL) == TR_OK);
	first = dup(0);
	MUST(tr_listen(address, &why) == TR_SYS);
	MUST(strstr(why.text, "another process listens at") && strstr(why.text, path));
	MUST(connects_unix() && is_listening(first));
}
child_test(another_that_listens_is_left_alone)

    static void child_a_file_in_the_way_is_kept(void)
{
	struct tr_why why = {0};
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	MUST(write(fd, "kept", 4) == 4 && close(fd) == 0);
	MUST(tr_listen(address, &why) == TR_SYS);
	MUST(strstr(why.text, path) && strstr(why.text, "in use"));
	MUST(access(path, F_OK) == 0);
	MUST(!is_listening(0));
}
child_test(a_file_in_the_way_is_kept)

    /* With standard input closed, the socket itself is descriptor 0. */
    static void child_without_a_standard_input(void)
{
	close(0);
	MUST(tr_listen(address, NULL) == TR_OK);
	MUST(is_listening(0));
	MUST(connects_unix());
}
child_test(without_a_standard_input)

    static void paths_that_name_no_socket(void **state)
{
	char longest[256] = "unix:/";
	struct tr_why why = {0};

	(void)state;
	memset(longest + 6, 'x', 108);
	assert_int_equal(tr_listen(longest, &why), TR_INVALID);
	assert_non_null(strstr(why.text, "1 to 107 bytes"));
	assert_int_equal(tr_listen("unix:", &why), TR_INVALID);
	assert_int_equal(tr_listen("unix:/nowhere/at/all", &why), TR_SYS);
	assert_non_null(strstr(why.text, "cannot listen at /nowhere/at/all"));
}

static void child_a_directory_of_somebody_elses(void)
{
	struct tr_why why = {0};

	MUST(geteuid() != 0 || setuid(65534) == 0);
	MUST(tr_listen("unix:/usr/tailrow-test", &why) == TR_DENIED);
	MUST(strstr(why.text, "/usr/tailrow-test"));
}
child_test(a_directory_of_somebody_elses)

    /* A port that was free a moment ago. */
    static int free_port(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(bind(fd, (struct sockaddr *)&addr, len) == 0);
	MUST(getsockname(fd, (struct sockaddr *)&addr, &len) == 0);
	close(fd);
	return ntohs(addr.sin_port);
}

static void child_a_port(void)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	struct tr_why why = {0};
	int port = free_port(), before = open_fds();

	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	MUST(tr_listen(address, NULL) == TR_OK);
	MUST(is_listening(0) && open_fds() == before);
	MUST(getsockname(0, (struct sockaddr *)&addr, &len) == 0);
	MUST(ntohs(addr.sin_port) == port);
	MUST(ntohl(addr.sin_addr.s_addr) == INADDR_LOOPBACK);
	MUST(tr_listen(address, &why) == TR_SYS);
	MUST(strstr(why.text, address) && strstr(why.text, "in use"));
}

child_test(a_port)

    /* As the brackets say, or TR_SYS where the machine has no IPv6. */
    static void child_a_port_of_ipv6(void)
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);
	int port = free_port(), has_ipv6 = access("/proc/net/if_inet6", F_OK) == 0;
	enum tr_err err;

	snprintf(address, sizeof(address), "[::1]:%d", port);
	err = tr_listen(address, NULL);
	if (!has_ipv6) {
		MUST(err == TR_SYS);
		return;
	}
	MUST(err == TR_OK && is_listening(0));
	MUST(getsockname(0, (struct sockaddr *)&addr, &len) == 0);
	MUST(addr.sin6_family == AF_INET6 && ntohs(addr.sin6_port) == port);
	MUST(IN6_IS_ADDR_LOOPBACK(&addr.sin6_addr));
}

child_test(a_port_of_ipv6)

    static void addresses_that_are_none(void **state)
{
	static const char *const addresses[] = {"", "x", "127.0.0.1", "127.0.0.1:", ":",
	    "/path", "unix", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:0", "127.0.0.1:65536",
	    "127.0.0.1:99999", "127.0.0.1:http", "127.0.0.1: 80", "[::1]", "[::1]:"};
	struct tr_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		why.text[0] = '\0';
		assert_int_equal(tr_listen(addresses[i], &why), TR_INVALID);
		assert_non_null(strstr(why.text, "HOST:PORT"));
	}
	assert_int_equal(tr_listen("no such host:80", &why), TR_INVALID);
	assert_non_null(strstr(why.text, "cannot listen at no such host:80"));
	assert_int_equal(tr_listen("[::1:80", &why), TR_INVALID);
	assert_int_equal(tr_listen("]:80", &why), TR_INVALID);
	assert_int_equal(tr_listen("[]:80", &why), TR_INVALID);
}

/* As systemd starts us: the socket on descriptor 3, and two variables. */
static void child_from_systemd(void)
{
	struct tr_why why = {0};
	char pid[24];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	MUST(tr_listen(address, NULL) == TR_OK);
	MUST(dup2(0, 3) == 3 && close(0) == 0 && open("/dev/null", O_RDONLY) == 0);
	MUST(tr_listen_inherited(&why) == TR_ABSENT);
	setenv("LISTEN_FDS", "1", 1);
	MUST(tr_listen_inherited(&why) == TR_ABSENT);
	setenv("LISTEN_PID", "1", 1);
	MUST(tr_listen_inherited(&why) == TR_ABSENT);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "0", 1);
	MUST(tr_listen_inherited(&why) == TR_ABSENT);
	MUST(!is_listening(0));
	setenv("LISTEN_FDS", "1", 1);
	MUST(tr_listen_inherited(&why) == TR_OK);
	MUST(is_listening(0) && connects_unix());
	MUST(fcntl(3, F_GETFD) < 0);
	MUST(tr_listen_inherited(&why) == TR_SYS); /* descriptor 3 is closed now */
}
child_test(from_systemd)

#define file_test(function) cmocka_unit_test_setup_teardown(function, enter, leave)

    int main(void)
{
	const struct CMUnitTest tests[] = {
	    file_test(a_socket_file),
	    file_test(a_stale_socket_is_replaced),
	    file_test(another_that_listens_is_left_alone),
	    file_test(a_file_in_the_way_is_kept),
	    file_test(without_a_standard_input),
	    cmocka_unit_test(paths_that_name_no_socket),
	    cmocka_unit_test(a_directory_of_somebody_elses),
	    cmocka_unit_test(a_port),
	    cmocka_unit_test(a_port_of_ipv6),
	    cmocka_unit_test(addresses_that_are_none),
	    file_test(from_systemd),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
