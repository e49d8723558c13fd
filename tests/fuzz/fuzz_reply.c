/* fuzz_reply.c: whatever a server answers is the same in pieces as in one, and can be judged
 * and shown: no byte that a terminal obeys comes out.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cli/report.h"
#include "doctor/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Feeds the bytes in pieces, each a ms after the other; the first byte says how long they are.
 */
static void feed_pieces(struct tr_reply *reply, const char *bytes, size_t size)
{
	size_t piece = size ? (unsigned char)bytes[0] % 16 + 1U : 1;
	int64_t now_ms = 1;

	for (size_t at = 0; at < size; at += piece)
		tr_reply_feed(
		    reply, bytes + at, size - at < piece ? size - at : piece, now_ms++);
	reply->ended = true;
	reply->end_ms = now_ms;
}

static void assert_harmless(const struct tr_buf *text)
{
	assert(!tr_buf_err(text));
	for (size_t i = 0; i < text->len; i++) {
		unsigned char byte = (unsigned char)text->data[i];

		assert(byte == '\n' || (byte >= 0x20 && byte != 0x7f));
		assert(byte != 0xc2 || (unsigned char)text->data[i + 1] >= 0xa0);
	}
}

static void show(const struct tr_findings *findings)
{
	struct tr_buf text = {0}, json = {0};

	tr_report_text(&text, findings, 80, 0);
	tr_report_json(&json, findings);
	assert_harmless(&text);
	assert_harmless(&json);
	tr_buf_free(&text);
	tr_buf_free(&json);
}

static void judge(const struct tr_reply *reply)
{
	struct tr_path path = {.url = "http://h/api/events",
	    .other = "",
	    .probe_s = 4,
	    .probe = reply,
	    .plain = reply,
	    .brief = reply,
	    .health = reply,
	    .idle = reply,
	    .idle_s = 20,
	    .epoch = "a"};
	struct tr_findings findings = {0};

	tr_path_judge(&findings, &path);
	assert(findings.count && !findings.err);
	tr_findings_sort(&findings);
	show(&findings);
	tr_findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct tr_reply whole = {0}, pieces = {0};

	tr_reply_feed(&whole, (const char *)input, size, 1);
	feed_pieces(&pieces, (const char *)input, size);
	assert(whole.status == pieces.status && whole.pings == pieces.pings);
	assert(whole.body_len == pieces.body_len && whole.ours == pieces.ours);
	assert(memcmp(whole.body, pieces.body, whole.body_len) == 0);
	judge(&whole);
	judge(&pieces);
	return 0;
}
