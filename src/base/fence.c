/* fence.c: the directories that a process of the responder is confined to.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/fence.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sanitized.h"

/* What libraries open by themselves: SQLite takes chance from the first, and fills descriptors
 * 0 to 2 from the second where they are closed. */
static const struct tr_landlock_place always[] = {
    {"/dev/urandom", TR_MAY_READ},
    {"/dev/null", TR_MAY_SHARE},
    {TR_SANITIZED ? "/proc" : NULL, TR_MAY_READ},
};

#define ALWAYS (sizeof(always) / sizeof(always[0]))

/* Makes a path that of the directory that it is in. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		slash[slash == path] = '\0';
	else
		memcpy(path, ".", 2);
}

/* The directory that the file is in, or the nearest one above it that is there, and which it
 * is. The caller frees it; NULL: no memory. */
static char *directory_of(const char *file, struct stat *st)
{
	char *path = realpath(file, NULL);

	if (!path)
		path = strdup(*file ? file : ".");
	if (!path)
		return NULL;
	do
		go_up(path);
	while (stat(path, st) != 0 && strcmp(path, "/") != 0 && strcmp(path, ".") != 0);
	return path;
}

void tr_fence_let(struct tr_fence *fence, const char *file, enum tr_may may)
{
	if (!file || fence->count == TR_FENCE_FILES)
		return;
	fence->files[fence->count].file = file;
	fence->files[fence->count].may = may;
	fence->count++;
}

void tr_fence_shut(struct tr_fence *fence)
{
	struct tr_landlock_place places[ALWAYS + TR_FENCE_FILES];
	char *paths[TR_FENCE_FILES];
	struct stat st = {0};

	memcpy(places, always, sizeof(always));
	for (int i = 0; i < fence->count; i++) {
		paths[i] = directory_of(fence->files[i].file, &st);
		places[ALWAYS + (size_t)i] =
		    (struct tr_landlock_place){paths[i], fence->files[i].may};
		if (!paths[i])
			continue;
		fence->files[i].device = st.st_dev;
		fence->files[i].inode = st.st_ino;
	}
	tr_landlock_enter(places, ALWAYS + (size_t)fence->count);
	for (int i = 0; i < fence->count; i++)
		free(paths[i]);
}

int tr_fence_moved(const struct tr_fence *fence)
{
	int moved = 0;

	for (int i = 0; i < fence->count && !moved; i++) {
		struct stat st = {0};
		char *path = directory_of(fence->files[i].file, &st);

		moved = path && (st.st_dev != fence->files[i].device ||
				    st.st_ino != fence->files[i].inode);
		free(path);
	}
	return moved;
}
