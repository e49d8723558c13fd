/* user.c: users of this system: who we are, and who serves the page.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/user.h"

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Debian and Alpine; Alpine, Fedora and others; Arch; Fedora; the BSDs. */
static const char *const web_users[] = {
    "www-data", "lighttpd", "http", "apache", "nginx", "www"};

static void copy_user(struct tr_user *out, const struct passwd *entry)
{
	*out = (struct tr_user){.uid = entry->pw_uid,
	    .gid = entry->pw_gid,
	    .group_count = TR_USER_GROUPS,
	    .self = entry->pw_uid == geteuid()};
	snprintf(out->name, sizeof(out->name), "%s", entry->pw_name);
	if (getgrouplist(out->name, out->gid, out->groups, &out->group_count) < 0)
		out->group_count = TR_USER_GROUPS; /* in more: these have to do */
}

enum tr_err tr_user_named(struct tr_user *out, const char *name, struct tr_why *why)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry)
		return tr_fail(why, TR_ABSENT, "no user is called '%.60s' here", name);
	copy_user(out, entry);
	return TR_OK;
}

static bool is_responder(const char *pid)
{
	char name[64] = "", path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		*name = '\0';
	fclose(file);
	return strncmp(name, "tailrow.", 8) == 0; /* .fcgi, .cgi */
}

/* Whether the process has the file open; false too where that is not for us to see. */
static bool has_open(const char *pid, const struct stat *file)
{
	char path[64];
	struct dirent *entry;
	struct stat st;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
		found = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
			st.st_ino == file->st_ino && st.st_dev == file->st_dev;
	if (dir)
		closedir(dir);
	return found;
}

/* The user of a responder that has the database open. */
static enum tr_err find_server(struct tr_user *out, const char *path)
{
	const struct passwd *owner = NULL;
	struct dirent *entry;
	struct stat file, st;
	DIR *processes;

	if (stat(path, &file) != 0 || !(processes = opendir("/proc")))
		return TR_ABSENT;
	while (!owner && (entry = readdir(processes)))
		if (is_responder(entry->d_name) && has_open(entry->d_name, &file) &&
		    fstatat(dirfd(processes), entry->d_name, &st, 0) == 0)
			owner = getpwuid(st.st_uid);
	closedir(processes);
	if (owner)
		copy_user(out, owner);
	return owner ? TR_OK : TR_ABSENT;
}

enum tr_err tr_user_web(struct tr_user *out, const char *path)
{
	if (!find_server(out, path))
		return TR_OK;
	for (size_t i = 0; i < sizeof(web_users) / sizeof(web_users[0]); i++)
		if (!tr_user_named(out, web_users[i], NULL))
			return TR_OK;
	return TR_ABSENT;
}

void tr_user_self(struct tr_user *out)
{
	const struct passwd *entry = getpwuid(geteuid());

	if (entry) {
		copy_user(out, entry);
		return;
	}
	*out = (struct tr_user){.uid = geteuid(), .gid = getegid(), .self = true};
	snprintf(out->name, sizeof(out->name), "user %u", (unsigned)out->uid);
}
