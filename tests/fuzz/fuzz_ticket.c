/* fuzz_ticket.c: a ticket that we sign is read as it was meant, and nothing else is one.
 *
 * - The input is a ticket as it is sent, and then the text of one to be signed; one byte of
 * that ticket is changed, which one the input's length says.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ticket.h"

#define KEY "0123456789abcdef0123456789abcdef\n"
#define NOW_S 1000

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static char key_path[] = "/tmp/tailrow-fuzz-XXXXXX";

static void remove_key(void)
{
	unlink(key_path);
}

/* The file of keys, made once. */
static const char *keys(void)
{
	static int made;
	int fd;

	if (made)
		return key_path;
	fd = mkstemp(key_path);
	assert(fd >= 0 && write(fd, KEY, strlen(KEY)) == (ssize_t)strlen(KEY));
	close(fd);
	atexit(remove_key);
	made = 1;
	return key_path;
}

static void check(const struct tr_ticket *ticket)
{
	assert(ticket->until_s > NOW_S);
	assert(ticket->job_count >= 0 && ticket->job_count <= TR_TICKET_JOBS);
	for (int i = 0; i < ticket->job_count; i++)
		assert(ticket->jobs[i] > 0);
	assert(ticket->claim_count >= 0 && ticket->claim_count <= TR_TICKET_CLAIMS);
	for (int i = 0; i < ticket->claim_count; i++) {
		assert(strncmp(ticket->claims[i].name, TR_TICKET_CLAIM,
			   strlen(TR_TICKET_CLAIM)) == 0);
		assert(ticket->claims[i].value);
	}
	assert(ticket->job_count || ticket->claim_count);
}

/* Reads a ticket; whose is said by `ours`. */
static void read_it(const char *sent, int ours)
{
	struct tr_ticket ticket;
	struct tr_why why = {0};
	enum tr_err err = tr_ticket_read(&ticket, sent, keys(), NOW_S, &why);

	assert(!err || (err == TR_DENIED && *why.text));
	assert(ours || err);
	if (!err)
		check(&ticket);
	else if (ours)
		assert(strstr(why.text, "expired"));
	assert(strlen(sent) < 16 || !strstr(why.text, sent));
}

static void sign(const char *text, size_t size)
{
	struct tr_buf out = {0};
	struct tr_why why = {0};
	enum tr_err err = tr_ticket_sign(&out, text, keys(), &why);

	assert(!err || err == TR_INVALID);
	if (!err) {
		read_it(out.data, 1);
		out.data[size % out.len] ^= (char)(1 + size % 127);
		read_it(out.data, 0);
	}
	tr_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, input, size);
	text[size] = '\0';
	read_it(text, 0);
	sign(text, size);
	free(text);
	return 0;
}
