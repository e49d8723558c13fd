/* machine.c: examines what the system lets a service of many streams have.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/landlock.h"

/* The web server's connection, its request's socket, the responder's: measured, lighttpd with
 * 1024 descriptors carries 341 streams. */
#define DESCRIPTORS_A_STREAM 3

/* The pool's own, and what else its user runs. */
#define OTHER_PROCESSES 32

/* The number in a file of one line; TR_NO_LIMIT where it has none ("max") or is not there. */
static int64_t number_in(const char *path)
{
	FILE *file = fopen(path, "re");
	long long number;
	int got = file ? fscanf(file, "%18lld", &number) : 0;

	if (file)
		fclose(file);
	return got == 1 ? number : TR_NO_LIMIT;
}

static int64_t soft_limit(int what)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) || limit.rlim_cur >= (rlim_t)TR_NO_LIMIT)
		return TR_NO_LIMIT;
	return (int64_t)limit.rlim_cur;
}

/* errno, or 0 where an instance and a watch can be had. */
static int try_inotify(void)
{
	int fd = inotify_init1(IN_CLOEXEC);
	int error = 0;

	if (fd < 0 || inotify_add_watch(fd, "/", IN_CREATE) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

/* The least pids.max from the group at `path` below `mount` up to the root. */
static int64_t least_on_the_way(const char *mount, char *path)
{
	int64_t least = TR_NO_LIMIT;
	char name[4096], *slash;

	while ((slash = strrchr(path, '/'))) {
		int64_t number;

		snprintf(name, sizeof(name), "%s%s/pids.max", mount, path);
		number = number_in(name);
		least = number < least ? number : least;
		*slash = '\0';
	}
	return least;
}

/* What the control groups allow (cgroups(7)): version 2 has a line "0::PATH", version 1 one
 * with
 * ":pids:PATH". */
static int64_t processes_of_cgroup(void)
{
	FILE *groups = fopen("/proc/self/cgroup", "re");
	int64_t least = TR_NO_LIMIT, number;
	char *line = NULL, *path;
	size_t cap_bytes = 0;

	while (groups && getline(&line, &cap_bytes, groups) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		number = TR_NO_LIMIT;
		if (strncmp(line, "0::", 3) == 0)
			number = least_on_the_way("/sys/fs/cgroup", line + 3);
		else if ((path = strstr(line, ":pids:")))
			number = least_on_the_way("/sys/fs/cgroup/pids", path + 6);
		least = number < least ? number : least;
	}
	free(line);
	if (groups)
		fclose(groups);
	return least;
}

static void limit_processes(struct tr_machine *machine, int64_t number, const char *by)
{
	if (number >= machine->processes)
		return;
	machine->processes = number;
	machine->processes_by = by;
}

void tr_machine_measure(struct tr_machine *out)
{
	*out = (struct tr_machine){
	    .inotify_instances = number_in("/proc/sys/fs/inotify/max_user_instances"),
	    .inotify_watches = number_in("/proc/sys/fs/inotify/max_user_watches"),
	    .inotify_error = try_inotify(),
	    .descriptors = soft_limit(RLIMIT_NOFILE),
	    .processes = TR_NO_LIMIT,
	    .seccomp = prctl(PR_GET_SECCOMP) >= 0,
	    .landlock_abi = tr_landlock_abi()};
	limit_processes(out, number_in("/proc/sys/kernel/pid_max"), "kernel.pid_max");
	limit_processes(out, processes_of_cgroup(), "pids.max of its control group");
	if (geteuid() != 0) /* it does not bind root */
		limit_processes(out, soft_limit(RLIMIT_NPROC), "ulimit -u");
}

static void judge_inotify(
    struct tr_findings *out, const struct tr_machine *machine, int64_t needed)
{
	long long instances = (long long)machine->inotify_instances;

	if (!machine->inotify_error && machine->inotify_instances >= needed) {
		tr_find(out, TR_FINE, TR_MACHINE, "inotify",
		    "%lld inotify instances and %lld watches a user.", instances,
		    (long long)machine->inotify_watches);
		return;
	}
	if (machine->inotify_error)
		tr_find(out, TR_NOTE, TR_MACHINE, "inotify",
		    "There is no inotify to be had (%s): new rows are noticed by looking every "
		    "2 to 20 ms.",
		    strerror(machine->inotify_error));
	else
		tr_find(out, TR_NOTE, TR_MACHINE, "inotify",
		    "A user may have %lld inotify instances, and without the pool each of %lld "
		    "streams takes one: the rest look every 2 to 20 ms.",
		    instances, (long long)needed);
	tr_find_cure(out, "Raise the limits, in a file of /etc/sysctl.d:");
	tr_find_lines(out,
	    "fs.inotify.max_user_instances = %lld\nfs.inotify.max_user_watches = 65536",
	    (long long)needed + 1024);
}

static void judge_descriptors(
    struct tr_findings *out, const struct tr_machine *machine, int64_t max_streams)
{
	long long streams = (long long)machine->descriptors / DESCRIPTORS_A_STREAM;

	if (streams >= max_streams) {
		tr_find(out, TR_FINE, TR_MACHINE, "descriptors",
		    "%lld descriptors a process: a web server started so carries %lld streams "
		    "(max_streams: %lld).",
		    (long long)machine->descriptors, streams, (long long)max_streams);
		return;
	}
	tr_find(out, TR_NOTE, TR_MACHINE, "descriptors",
	    "%lld descriptors a process: a web server started so carries %lld streams of the "
	    "%lld that max_streams allows, and the next client waits without an answer.",
	    (long long)machine->descriptors, streams, (long long)max_streams);
	tr_find_cure(out, "Raise the web server's own limit (lighttpd: server.max-fds; "
			  "systemd: LimitNOFILE), or lower max_streams:");
	tr_find_lines(
	    out, "server.max-fds = %lld", (long long)(max_streams + 64) * DESCRIPTORS_A_STREAM);
}

static void judge_processes(
    struct tr_findings *out, const struct tr_machine *machine, int64_t max_streams)
{
	int64_t needed = max_streams + OTHER_PROCESSES;

	if (!machine->processes_by)
		return;
	tr_find(out, machine->processes >= needed ? TR_FINE : TR_NOTE, TR_MACHINE, "processes",
	    "%lld processes (%s); each stream is one (max_streams: %lld).",
	    (long long)machine->processes, machine->processes_by, (long long)max_streams);
	if (machine->processes < needed)
		tr_find_cure(out, "Raise %s to %lld at least, or lower max_streams.",
		    machine->processes_by, (long long)needed);
}

static void judge_sandbox(struct tr_findings *out, const struct tr_machine *machine)
{
	if (machine->seccomp && machine->landlock_abi) {
		tr_find(out, TR_FINE, TR_MACHINE, "sandbox",
		    "The responder confines itself by seccomp and Landlock (ABI %d).",
		    machine->landlock_abi);
		return;
	}
	tr_find(out, TR_NOTE, TR_MACHINE, "sandbox",
	    "This kernel has no %s: the responder goes on without%s.",
	    machine->seccomp ? "Landlock" : "seccomp",
	    machine->seccomp ? ", and could open whatever its user may" : "");
	tr_find_cure(out, machine->seccomp
			      ? "Use Linux 5.13 or later, with landlock in its parameter lsm="
			      : "Use a kernel with CONFIG_SECCOMP_FILTER.");
}

void tr_machine_judge(
    struct tr_findings *out, const struct tr_machine *machine, int64_t max_streams, bool pool)
{
	judge_inotify(out, machine, pool ? 1 : max_streams);
	judge_descriptors(out, machine, max_streams);
	judge_processes(out, machine, max_streams);
	judge_sandbox(out, machine);
}
