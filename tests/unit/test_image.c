/* test_image.c: the image of table mode: what each viewer makes of it is the table, whenever
 * it looked last.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref_stream.h"
#include "table/image_half.h"

#define KEYS 12
#define TOPICS 3
#define VIEWERS 5

static struct tr_section section = {.name = "s", .mode = TR_MODE_TABLE, .topic = "who"};

/* The table: of each key the topic and a value; value 0: no such row. */
struct model {
	int topic[KEYS];
	int value[KEYS];
};

/* A viewer's copy, which only frames change. */
struct copy {
	struct tr_viewer viewer;
	char topic[8];
	int64_t version;
	int value[KEYS];
};

static void add_row(struct tr_result *result, int key, int topic, int value)
{
	struct tr_result_row *row = &result->rows[result->count++];
	size_t at = result->bytes.len;

	row->at = at;
	tr_buf_addf(&result->bytes, "%d", key);
	row->key_len = result->bytes.len - at;
	at = result->bytes.len;
	tr_buf_addf(&result->bytes, "t%d", topic);
	row->topic_len = result->bytes.len - at;
	at = result->bytes.len;
	tr_buf_addf(&result->bytes, "{\"k\":%d,\"v\":%d}", key, value);
	row->row_len = result->bytes.len - at;
}

static int show(struct tr_image *image, const struct model *model)
{
	struct tr_result result = {.rows = calloc(KEYS, sizeof(*result.rows))};
	int changed;

	for (int key = KEYS - 1; key >= 0; key--)
		if (model->value[key])
			add_row(&result, key, model->topic[key], model->value[key]);
	tr_buf_adds(&result.bytes, "");
	changed = tr_image_show(image, &result);
	tr_result_free(&result);
	return changed;
}

static void take_snapshot(struct copy *copy, const char *data)
{
	int key, value, used;

	memset(copy->value, 0, sizeof(copy->value));
	assert_int_equal(strncmp(data, "{\"rows\":[", 9), 0);
	for (data += 9; *data != ']'; data += *data == ',') {
		assert_int_equal(sscanf(data, "{\"k\":%d,\"v\":%d}%n", &key, &value, &used), 2);
		copy->value[key] = value;
		data += used;
	}
}

/* Applies the frames, and checks that their ids lead up to the version. */
static void apply(struct copy *copy, const struct tr_buf *out)
{
	struct ref_stream s = ref_stream_open(out->data ? out->data : "", out->len);
	int64_t id = 0;

	while (ref_stream_next(&s)) {
		char *data = strndup(s.data, s.data_len);
		int key, value;

		if (s.type.len == 8) {
			take_snapshot(copy, data);
		} else if (s.type.len == 3) {
			assert_int_equal(sscanf(data, "{\"k\":%d,\"v\":%d}", &key, &value), 2);
			copy->value[key] = value;
		} else {
			assert_int_equal(sscanf(data, "{\"key\":%d}", &key), 1);
			assert_int_not_equal(copy->value[key], 0);
			copy->value[key] = 0;
		}
		free(data);
		assert_true(strtoll(memchr(s.id.at, '-', s.id.len) + 1, NULL, 10) >= id);
		id = strtoll(memchr(s.id.at, '-', s.id.len) + 1, NULL, 10);
	}
	assert_true(id <= copy->version);
	ref_stream_free(&s);
}

static void catch_up(struct copy *copy, const struct tr_image *image)
{
	struct tr_buf out = {0};
	int frames = 0;
	enum tr_err err =
	    tr_image_changes(image, &section, &copy->viewer, &out, &copy->version, &frames);

	if (err == TR_ABSENT)
		err = tr_image_snapshot(image, &section, &copy->viewer, &out, &copy->version);
	assert_int_equal(err, TR_OK);
	assert_int_equal(copy->version, tr_image_version(image, NULL));
	apply(copy, &out);
	tr_buf_free(&out);
}

static void is_the_table(const struct copy *copy, const struct model *model)
{
	int topic = copy->topic[1] - '0';

	for (int key = 0; key < KEYS; key++)
		assert_int_equal(copy->value[key],
		    model->value[key] && model->topic[key] == topic ? model->value[key] : 0);
}

static struct tr_image *make(void)
{
	struct tr_image *image;

	assert_int_equal(tr_image_make(&image, NULL), TR_OK);
	return image;
}

static void change(struct model *model, unsigned *seed)
{
	for (int n = rand_r(seed) % 4; n > 0; n--) {
		int key = rand_r(seed) % KEYS;

		model->topic[key] = rand_r(seed) % TOPICS;
		model->value[key] = rand_r(seed) % 3 ? rand_r(seed) % 50 + 1 : 0;
	}
}

static void every_viewer_has_the_table(void **state)
{
	struct tr_image *image = make();
	struct copy copies[VIEWERS] = {0};
	struct model model = {0};
	unsigned seed = 42;

	(void)state;
	for (int i = 0; i < VIEWERS; i++) {
		sprintf(copies[i].topic, "t%d", i % TOPICS);
		copies[i].viewer.bound[0] = (struct tr_bound){"who", copies[i].topic};
		copies[i].viewer.count = 1;
		copies[i].version = -1; /* nothing: a snapshot is due */
	}
	for (int round = 0; round < 20000; round++) {
		struct copy *copy = &copies[rand_r(&seed) % VIEWERS];

		change(&model, &seed);
		assert_true(show(image, &model) >= 0);
		catch_up(copy, image);
		is_the_table(copy, &model);
	}
	tr_image_free(image);
}

static void what_is_the_same_is_no_change(void **state)
{
	struct tr_image *image = make();
	struct model model = {.value = {1, 2}};

	(void)state;
	assert_int_equal(tr_image_version(image, NULL), 0);
	assert_int_equal(show(image, &model), 1);
	assert_int_equal(tr_image_version(image, NULL), 1);
	assert_int_equal(show(image, &model), 0);
	model.topic[1] = 2;
	assert_int_equal(show(image, &model), 1);
	tr_image_free(image);
}

static void hidden_until_it_is_shown_again(void **state)
{
	struct tr_image *image = make();
	struct model model = {.value = {1}};
	struct copy copy = {.topic = "t0", .version = -1};
	struct tr_why why = {0};
	struct tr_buf out = {0};

	(void)state;
	copy.viewer.bound[copy.viewer.count++] = (struct tr_bound){"who", copy.topic};
	show(image, &model);
	catch_up(&copy, image);
	tr_image_hide(image, "the disk is gone");
	assert_int_equal(tr_image_version(image, &why), 0);
	assert_string_equal(why.text, "the disk is gone");
	assert_int_equal(
	    tr_image_snapshot(image, &section, &copy.viewer, &out, &copy.version), TR_BUSY);
	assert_false(tr_image_reaches(image, 1));
	assert_int_equal(show(image, &model), 1);
	catch_up(&copy, image);
	is_the_table(&copy, &model);
	tr_image_free(image);
}

static struct tr_image *hides; /* while somebody looks at a row of it */

int __real_tr_viewer_sees(const struct tr_viewer *viewer, const struct tr_section *s,
    const char *topic, size_t topic_len);
int __wrap_tr_viewer_sees(const struct tr_viewer *viewer, const struct tr_section *s,
    const char *topic, size_t topic_len);

int __wrap_tr_viewer_sees(const struct tr_viewer *viewer, const struct tr_section *s,
    const char *topic, size_t topic_len)
{
	if (hides)
		tr_image_hide(hides, "");
	return __real_tr_viewer_sees(viewer, s, topic, topic_len);
}

/* A snapshot that was not to be had is still due. */
static void hidden_while_a_viewer_copies_it(void **state)
{
	struct tr_image *image = make();
	struct model model = {.value = {1}};
	struct copy copy = {.topic = "t0", .version = -1};
	struct tr_buf out = {0};

	(void)state;
	copy.viewer.bound[copy.viewer.count++] = (struct tr_bound){"who", copy.topic};
	show(image, &model);
	hides = image;
	assert_int_equal(
	    tr_image_snapshot(image, &section, &copy.viewer, &out, &copy.version), TR_BUSY);
	hides = NULL;
	assert_int_equal(out.len, 0);
	assert_int_equal(copy.version, -1);
	assert_int_equal(show(image, &model), 1);
	catch_up(&copy, image);
	is_the_table(&copy, &model);
	tr_buf_free(&out);
	tr_image_free(image);
}

/* The next one must not write where the viewers still read. */
static void a_writer_killed_just_before_it_showed_it(void **state)
{
	struct tr_image *image = make();
	struct model model = {.value = {1}};
	struct copy copy = {.topic = "t0", .version = -1};
	uint32_t before;

	(void)state;
	copy.viewer.bound[copy.viewer.count++] = (struct tr_bound){"who", copy.topic};
	show(image, &model);
	before = image->shown;
	model.value[0] = 2;
	show(image, &model);
	image->shown = before;
	model.value[0] = 3;
	assert_int_equal(show(image, &model), 1);
	assert_int_not_equal(image->shown % 2, before % 2);
	catch_up(&copy, image);
	is_the_table(&copy, &model);
	tr_image_free(image);
}

/* Ten thousand rows come and go again and again: the marks that are forgotten must not be
 * missed by a viewer who needed them. */
static void marks_that_are_forgotten(void **state)
{
	struct tr_image *image = make();
	struct tr_viewer viewer = {.bound = {{"who", "t0"}}, .count = 1};
	struct tr_result full = {.rows = calloc(TR_IMAGE_ROWS, sizeof(*full.rows))};
	struct tr_result none = {.rows = calloc(1, sizeof(*none.rows))};
	struct tr_buf out = {0};
	int64_t version = 1;
	int frames = 0;

	(void)state;
	for (int i = 0; i < TR_IMAGE_ROWS; i++)
		add_row(&full, i, 0, 1);
	tr_buf_adds(&none.bytes, "");
	assert_int_equal(tr_image_show(image, &full), 1);
	assert_int_equal(tr_image_show(image, &none), 1);
	assert_true(tr_image_reaches(image, 1));
	assert_int_equal(tr_image_show(image, &full), 1);
	assert_int_equal(tr_image_show(image, &none), 1);
	assert_int_equal(tr_image_show(image, &full), 1);
	assert_false(tr_image_reaches(image, 1));
	assert_int_equal(
	    tr_image_changes(image, &section, &viewer, &out, &version, &frames), TR_ABSENT);
	assert_int_equal(out.len, 0);
	assert_int_equal(tr_image_show(image, &none), 1);
	version = 5;
	assert_int_equal(
	    tr_image_changes(image, &section, &viewer, &out, &version, &frames), TR_OK);
	assert_int_equal(frames, TR_IMAGE_ROWS);
	tr_buf_free(&out);
	tr_result_free(&full);
	tr_result_free(&none);
	tr_image_free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_viewer_has_the_table),
	    cmocka_unit_test(what_is_the_same_is_no_change),
	    cmocka_unit_test(hidden_until_it_is_shown_again),
	    cmocka_unit_test(hidden_while_a_viewer_copies_it),
	    cmocka_unit_test(a_writer_killed_just_before_it_showed_it),
	    cmocka_unit_test(marks_that_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
