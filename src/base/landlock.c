/* landlock.c: confines a process to some directories.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on every architecture, and in no header before Linux 5.13. */
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446

#define CREATE_RULESET_VERSION 1 /* a flag: tell the version */
#define RULE_PATH_BENEATH 1

/* linux/landlock.h, LANDLOCK_ACCESS_FS_* */
enum {
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_REG = 1 << 8,
	FS_TRUNCATE = 1 << 14,
	FS_OF_A_FILE = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
};

/* What ABI 1, 2, ... know: the lowest so many rights. */
static const unsigned char fs_rights[] = {13, 14, 15, 15, 16};
#define NET_TCP 3	  /* bind, connect; from ABI 4 on */
#define SCOPES_OUTSIDE 3U /* abstract sockets, signals; from ABI 6 on */

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

struct __attribute__((packed)) path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
};

static const unsigned allowed[] = {
    [TR_MAY_READ] = FS_READ_FILE | FS_READ_DIR,
    [TR_MAY_SHARE] = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_MAKE_REG | FS_TRUNCATE,
    [TR_MAY_WRITE] =
	FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_MAKE_REG | FS_TRUNCATE | FS_REMOVE_FILE,
};

int tr_landlock_abi(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* What is taken away: all that this version can. */
static struct ruleset_attr handled(int abi)
{
	size_t known = sizeof(fs_rights);
	size_t i = (size_t)abi < known ? (size_t)abi : known;

	return (struct ruleset_attr){
	    .handled_access_fs = (UINT64_C(1) << fs_rights[i - 1]) - 1,
	    .handled_access_net = abi >= 4 ? NET_TCP : 0,
	    .scoped = abi >= 6 ? SCOPES_OUTSIDE : 0,
	};
}

/* Gives one place back. Returns 0, also where it is not there; or -1: it is there, and without
 * a descriptor for it, say, the process would be kept out of it for good. */
static int give_back(
    int ruleset, const struct ruleset_attr *attr, const struct tr_landlock_place *place)
{
	struct path_beneath_attr rule = {.allowed_access = allowed[place->may]};
	struct stat st;
	int fd, rc;

	if (!place->path)
		return 0;
	fd = open(place->path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_A_FILE;
	rule.allowed_access &= attr->handled_access_fs;
	rule.parent_fd = fd;
	rc = (int)syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
	close(fd);
	return rc;
}

enum tr_err tr_landlock_enter(const struct tr_landlock_place *places, size_t count)
{
	int abi = tr_landlock_abi();
	struct ruleset_attr attr;
	int ruleset, rc = 0;

	if (!abi)
		return TR_SYS;
	attr = handled(abi);
	/* A kernel that knows less of the structure wants the rest to be 0, and so it is. */
	ruleset = (int)syscall(CREATE_RULESET, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return TR_SYS;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = give_back(ruleset, &attr, &places[i]);
	if (rc == 0)
		rc = (int)syscall(RESTRICT_SELF, ruleset, 0);
	close(ruleset);
	return rc ? TR_SYS : TR_OK;
}
