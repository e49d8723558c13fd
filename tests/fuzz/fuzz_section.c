/* fuzz_section.c: a file of any bytes gives sections that are whole, or one sentence.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "table/section.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void check(const struct tr_section *s)
{
	assert(
	    *s->name && strlen(s->name) <= TR_SECTION_NAME_MAX && strcmp(s->name, "jobs") != 0);
	assert(*s->database == '/');
	assert(*s->sql);
	assert(s->mode == TR_MODE_APPEND || s->mode == TR_MODE_TABLE);
	assert(s->allow_count >= 0 && s->allow_count <= TR_ALLOW_MAX);
	for (int i = 0; i < s->allow_count; i++)
		assert(*s->allow[i] && tr_section_allows(s, s->allow[i]));
	assert(!tr_section_allows(s, "remote_user") && !tr_section_allows(s, "after"));
	tr_section_needs_user(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	int fd = memfd_create("sections", MFD_CLOEXEC);
	struct tr_sections sections = {0};
	struct tr_why why = {0};
	char path[32];

	assert(fd >= 0 && write(fd, input, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (tr_sections_load(&sections, path, &why)) {
		assert(strncmp(why.text, path, strlen(path)) == 0);
	} else {
		assert(sections.count >= 0 && sections.count <= TR_SECTIONS_MAX);
		for (int i = 0; i < sections.count; i++) {
			check(&sections.list[i]);
			assert(tr_sections_find(&sections, sections.list[i].name) ==
			       &sections.list[i]);
		}
	}
	tr_sections_free(&sections);
	close(fd);
	return 0;
}
