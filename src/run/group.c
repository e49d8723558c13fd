/* group.c: who is in a process group, as /proc shows it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/group.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct look {
	pid_t parent;
	pid_t group;
	char state;
};

/* Reads what proc(5) says of a process. 1, or 0: it is gone. */
static int look_at(pid_t pid, struct look *look)
{
	char path[32], text[512];
	const char *rest;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	rest = strrchr(text, ')'); /* the name before it may hold anything */
	return rest &&
	       sscanf(rest, ") %c %d %d", &look->state, &look->parent, &look->group) == 3;
}

static int descends(struct look look)
{
	while (look.parent > 1 && look.parent != getpid())
		if (!look_at(look.parent, &look))
			return 0;
	return look.parent == getpid();
}

/* Counts the processes of the group that are no zombies; with kin, only those that descend from
 * this one, and each of these gets the signal. */
static int each(pid_t group, int kin, int signal_number)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		struct look look;

		if (pid <= 0 || !look_at(pid, &look) || look.group != group ||
		    look.state == 'Z' || (kin && !descends(look)))
			continue;
		if (kin)
			kill(pid, signal_number);
		count++;
	}
	if (proc)
		closedir(proc);
	return count;
}

int tr_group_lives(pid_t group)
{
	return kill(-group, 0) == 0 && each(group, 0, 0) > 0;
}

int tr_group_kin(int signal_number)
{
	return each(getpgrp(), 1, signal_number);
}
