/* fuzz_conf.c: a file of any bytes gives settings in bounds, or one sentence.
 *
 * - What was read is written as a file again, which has to mean the same.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Loads a file of these bytes, which is made in memory. */
static enum tr_err load(
    struct tr_conf *conf, const void *bytes, size_t size, struct tr_why *why)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[32];
	enum tr_err err;

	assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	setenv("TAILROW_CONFIG", path, 1);
	err = tr_conf_load(conf, why);
	close(fd);
	return err;
}

static void check_values(const struct tr_conf *conf)
{
	int64_t pool = tr_conf_number(conf, TR_KEY_POOL);
	int64_t streams = tr_conf_number(conf, TR_KEY_MAX_STREAMS);
	int64_t seconds = tr_conf_number(conf, TR_KEY_MAX_STREAM_SECONDS);
	int64_t per_client = tr_conf_number(conf, TR_KEY_MAX_STREAMS_PER_CLIENT);
	const char *db = tr_conf_text(conf, TR_KEY_DB);

	assert(per_client >= 0 && per_client <= 100000);
	assert(pool == 0 || pool == 1);
	assert(streams >= 1 && streams <= 100000);
	assert(seconds >= 0 && seconds <= 31536000);
	assert(!db || (*db && !strchr(db, '\n')));
}

static void load_again(const struct tr_conf *conf)
{
	const char *db = tr_conf_text(conf, TR_KEY_DB);
	struct tr_conf again = {0};
	struct tr_why why = {0};
	char *text;
	int len = asprintf(&text, "pool=%s\r\n# x\nMAX-STREAMS = %s\n%s%s",
	    tr_conf_text(conf, TR_KEY_POOL), tr_conf_text(conf, TR_KEY_MAX_STREAMS),
	    db ? "db=" : "", db ? db : "");

	assert(len > 0 && load(&again, text, (size_t)len, &why) == TR_OK);
	assert(tr_conf_number(&again, TR_KEY_POOL) == tr_conf_number(conf, TR_KEY_POOL));
	assert(tr_conf_number(&again, TR_KEY_MAX_STREAMS) ==
	       tr_conf_number(conf, TR_KEY_MAX_STREAMS));
	assert(!db == !tr_conf_text(&again, TR_KEY_DB));
	assert(!db || strcmp(db, tr_conf_text(&again, TR_KEY_DB)) == 0);
	tr_conf_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct tr_conf conf = {0};
	struct tr_why why = {0};
	enum tr_err err = load(&conf, input, size, &why);

	assert(err == TR_OK || err == TR_INVALID);
	assert(!err == !*why.text);
	check_values(&conf); /* also those before the line that was refused */
	if (!err)
		load_again(&conf);
	tr_conf_free(&conf);
	return 0;
}
