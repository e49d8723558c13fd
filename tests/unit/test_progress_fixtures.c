/* test_progress_fixtures.c: what real tools printed, against what a person would read from it.
 *
 * - tests/progress/capture.py made the fixtures and says what stands in them.
 * - Runs where the tree is: make does so.
 *
 * SPDX-License-Identifier: MIT
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "inputs.h"
#include "items.h"
#include "progress/escape.h"

#define FIXTURES "tests/progress/fixtures/"
#define RANDOM_CUTS 20

static struct tr_buf read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct tr_buf text = {0};
	char piece[4096];
	size_t len;

	assert_non_null(file);
	tr_buf_adds(&text, "");
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		tr_buf_add(&text, piece, len);
	assert_int_equal(ferror(file) | fclose(file), 0);
	return text;
}

/* What a fixture is compared as. */
struct seen {
	struct tr_buf items, percents, lines;
	double percent;
};

static void see_line(struct seen *seen, const struct tr_item *item)
{
	char *plain = malloc(item->text_len + 1);
	size_t len = tr_escape_strip(plain, item->text, item->text_len);

	while (len && plain[len - 1] == ' ')
		len--;
	tr_buf_add(&seen->lines, plain, len);
	tr_buf_adds(&seen->lines, "\n");
	free(plain);
}

static void see(void *arg, const struct tr_item *item)
{
	struct seen *seen = arg;

	items_write(&seen->items, item);
	if (item->kind == TR_ITEM_LINE)
		see_line(seen, item);
	if (item->kind == TR_ITEM_PROGRESS && !isnan(item->percent) &&
	    item->percent != seen->percent) {
		tr_buf_addf(&seen->percents, "%.7g\n", item->percent);
		seen->percent = item->percent;
	}
}

/* Feeds input in pieces: of cut bytes, or of random sizes where cut is 0. */
static struct seen look(const char *path, const struct tr_buf *input, size_t cut, uint64_t seed)
{
	enum tr_markup_mode mode = strstr(path, "gauge") ? TR_MARKUP_GAUGE : TR_MARKUP_AUTO;
	enum tr_markup_from from = strstr(path, ".err") ? TR_FROM_STDERR : TR_FROM_STDOUT;
	struct seen seen = {.percent = NAN};
	struct tr_markup *m = tr_markup_new(mode, see, &seen);
	size_t len;

	assert_non_null(m);
	for (size_t at = 0; at < input->len; at += len) {
		len = cut ? cut : 1 + random_below(&seed, 60);
		len = len < input->len - at ? len : input->len - at;
		tr_markup_feed(m, from, input->data + at, len);
	}
	tr_markup_end(m);
	tr_markup_free(m);
	tr_buf_adds(&seen.items, "");
	tr_buf_adds(&seen.percents, "");
	tr_buf_adds(&seen.lines, "");
	return seen;
}

static void seen_free(struct seen *seen)
{
	tr_buf_free(&seen->items);
	tr_buf_free(&seen->percents);
	tr_buf_free(&seen->lines);
}

/* Compares got with the file that stands beside path under another suffix, if there is one. */
static int compare(const char *path, const char *suffix, const struct tr_buf *got)
{
	char beside[256];
	struct tr_buf want;
	size_t stem = (size_t)(strrchr(path, '.') - path);

	snprintf(beside, sizeof(beside), "%.*s%s", (int)stem, path, suffix);
	if (access(beside, F_OK) != 0)
		return 0;
	want = read_file(beside);
	if (strcmp(got->data, want.data) != 0)
		print_error("%s\n", beside);
	assert_string_equal(got->data, want.data);
	tr_buf_free(&want);
	return 1;
}

static void drop_empty_lines_at_end(struct tr_buf *lines)
{
	while (lines->len > 1 && strcmp(lines->data + lines->len - 2, "\n\n") == 0)
		lines->data[--lines->len] = '\0';
}

static void check(const char *path)
{
	struct tr_buf input = read_file(path);
	struct seen whole = look(path, &input, input.len, 0), other;
	int compared;

	for (uint64_t seed = 0; seed <= RANDOM_CUTS; seed++) {
		other = look(path, &input, seed == 0, seed);
		assert_string_equal(other.items.data, whole.items.data);
		seen_free(&other);
	}
	drop_empty_lines_at_end(&whole.lines);
	compared = compare(path, ".percent", &whole.percents);
	compared += compare(path, ".lines", &whole.lines);
	compared += compare(path, ".items", &whole.items);
	assert_true(compared);
	seen_free(&whole);
	tr_buf_free(&input);
}

static void each_fixture(void **state)
{
	const char *suffix = *state;
	glob_t found;
	char pattern[64];

	snprintf(pattern, sizeof(pattern), FIXTURES "*%s", suffix);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check(found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	static char out[] = ".out", err[] = ".err";
	const struct CMUnitTest tests[] = {
	    {"standard_output", each_fixture, NULL, NULL, out},
	    {"standard_error", each_fixture, NULL, NULL, err},
	};

	return cmocka_run_group_tests_name("progress_fixtures", tests, NULL, NULL);
}
