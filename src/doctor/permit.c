/* permit.c: judges what a user may do with a database: whether that will do, and how to mend
 * it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/permit.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *name_of_group(gid_t gid)
{
	const struct group *group = getgrgid(gid);

	return group ? group->gr_name : NULL;
}

/* What lets the user write the database and its directory: joining the group that may already,
 * or making it that of the user. */
static void add_group_cure(struct tr_findings *out, const struct tr_permit *permit)
{
	const char *path = permit->path, *group;
	int dir_len = (int)(strrchr(path, '/') - path);
	char dir[4096];
	struct stat st;

	snprintf(dir, sizeof(dir), "%.*s", dir_len ? dir_len : 1, path);
	if (stat(dir, &st) == 0 && (st.st_mode & S_IWGRP) && st.st_gid &&
	    (group = name_of_group(st.st_gid)) && !permit->access.dir_write) {
		tr_find_cure(out,
		    "Make %s a member of the group that may, and start its programs again:",
		    permit->user->name);
		tr_find_lines(out, "usermod -aG %s %s", group, permit->user->name);
		return;
	}
	group = name_of_group(permit->user->gid);
	tr_find_cure(out, "Give both to a group that may write, and new files to that group:");
	tr_find_lines(out, "chgrp %s '%s' '%s'*\nchmod 2770 '%s'\nchmod 660 '%s'*",
	    group ? group : permit->user->name, dir, path, dir, path);
}

static void cannot_pass(struct tr_findings *out, const struct tr_permit *permit)
{
	int len = (int)permit->access.barrier_len;

	tr_find(out, TR_PROBLEM, TR_DATABASE, "barrier",
	    "%s cannot reach %s: it may not pass through the directory %.*s.",
	    permit->user->name, permit->path, len, permit->path);
	tr_find_cure(out, "Let others pass there, or keep the database in another place:");
	tr_find_lines(out, "chmod o+x '%.*s'", len, permit->path);
}

static void cannot_read(struct tr_findings *out, const struct tr_permit *permit)
{
	tr_find(out, TR_PROBLEM, TR_DATABASE, "unreadable", "%s may not read %s.",
	    permit->user->name, permit->path);
	add_group_cure(out, permit);
}

/* The files beside the database are others'. */
static void beside_shut(struct tr_findings *out, const struct tr_permit *permit)
{
	tr_find(out, TR_PROBLEM, TR_DATABASE, "beside",
	    "%s may use %s, but not the -wal and -shm beside it, which another user made.",
	    permit->user->name, permit->path);
	tr_find_cure(out, "As root, give them the owner and the rights of the database (do not "
			  "delete them: they may hold what was committed last):");
	tr_find_lines(out,
	    "chown --reference='%s' '%s'-wal '%s'-shm\nchmod --reference='%s' '%s'-wal "
	    "'%s'-shm",
	    permit->path, permit->path, permit->path, permit->path, permit->path, permit->path);
}

static void shuts_out(struct tr_findings *out, const struct tr_permit *permit)
{
	tr_find(out, TR_PROBLEM, TR_DATABASE, "shuts-out",
	    "%s may write the directory of %s, but not the database: a -shm that it made there "
	    "to read, nobody else could write, and every publisher would fail; so tailrow "
	    "reads only while somebody else has made one.",
	    permit->user->name, permit->path);
	tr_find_cure(out, "Let it write the database too:");
	tr_find_lines(out, "chmod 660 '%s'*", permit->path);
}

/* Only reads, and cannot make the files beside the database. */
static void only_reads(struct tr_findings *out, const struct tr_permit *permit)
{
	if (!permit->wal || (permit->access.beside && !permit->web)) {
		tr_find(out, permit->web ? TR_FINE : TR_NOTE, TR_DATABASE, "reads",
		    "%s may read %s, and not write it.", permit->user->name, permit->path);
		return;
	}
	tr_find(out, permit->access.beside ? TR_NOTE : TR_PROBLEM, TR_DATABASE, "reads-only",
	    "%s may only read %s and cannot write its directory: in WAL mode that does only "
	    "while a program that may write has the database open%s.",
	    permit->user->name, permit->path,
	    permit->access.beside ? ", as one has now" : ", and none has now");
	add_group_cure(out, permit);
}

bool tr_permit_shuts_out(const struct tr_permit *permit)
{
	const struct tr_access *access = &permit->access;

	return permit->wal && access->db_read && !access->db_write && access->dir_write;
}

void tr_permit_judge(struct tr_findings *out, const struct tr_permit *permit)
{
	const struct tr_access *access = &permit->access;

	if (access->barrier_len)
		cannot_pass(out, permit);
	else if (!access->db_read)
		cannot_read(out, permit);
	else if (permit->wal && !access->beside_read)
		beside_shut(out, permit);
	else if (tr_permit_shuts_out(permit))
		shuts_out(out, permit);
	else if (!access->db_write || !access->dir_write)
		only_reads(out, permit);
	else if (permit->wal && !access->beside_write)
		beside_shut(out, permit);
	else
		tr_find(out, TR_FINE, TR_DATABASE, "writes", "%s may read and write %s.",
		    permit->user->name, permit->path);
}
