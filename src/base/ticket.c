/* ticket.c: signed tickets: who holds one may see what it names, until it expires.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/ticket.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

#include "base/query.h"
#include "base/secrets.h"

#define SETTING "ticket_key_file"
#define MAC_CHARS 43 /* of 32 bytes, without padding */

static const char name_chars[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

/* Writes the base64url of bytes, without padding, and a NUL. out has room for padding too. */
static void encode(char *out, const void *bytes, size_t len)
{
	struct base64_encode_ctx ctx;
	size_t done;

	base64url_encode_init(&ctx);
	done = base64_encode_update(&ctx, out, len, bytes);
	done += base64_encode_final(&ctx, out + done);
	out[done] = '\0';
	out[strcspn(out, "=")] = '\0';
}

/* What the file's keys make of a text. */
struct macs {
	const char *text;
	size_t len;
	char first[MAC_CHARS + 2]; /* by the first key; "" before it */
	const char *sent;	   /* MAC_CHARS, or NULL */
	int matches;		   /* one of them */
};

/* Compares with every key's, also after one that fits. */
static void add_mac(void *arg, const char *key, size_t key_len)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	char mac[BASE64_ENCODE_RAW_LENGTH(sizeof(digest)) + 1];
	struct hmac_sha256_ctx ctx;
	struct macs *macs = arg;

	hmac_sha256_set_key(&ctx, key_len, (const uint8_t *)key);
	hmac_sha256_update(&ctx, macs->len, (const uint8_t *)macs->text);
	hmac_sha256_digest(&ctx, sizeof(digest), digest);
	encode(mac, digest, sizeof(digest));
	if (macs->sent)
		macs->matches |= memeql_sec(mac, macs->sent, MAC_CHARS);
	if (!*macs->first)
		memcpy(macs->first, mac, sizeof(macs->first));
	explicit_bzero(&ctx, sizeof(ctx));
	explicit_bzero(mac, sizeof(mac));
}

static enum tr_err take_jobs(struct tr_ticket *ticket, char *list, struct tr_why *why)
{
	char *piece;

	if (ticket->job_count)
		return tr_fail(why, TR_INVALID, "it says job= twice");
	while ((piece = strsep(&list, ","))) {
		if (ticket->job_count == TR_TICKET_JOBS)
			return tr_fail(
			    why, TR_INVALID, "it names more than %d jobs", TR_TICKET_JOBS);
		if (tr_query_number(piece, 1, INT64_MAX, &ticket->jobs[ticket->job_count]))
			return tr_fail(why, TR_INVALID, "job= is numbers separated by commas");
		ticket->job_count++;
	}
	return TR_OK;
}

static enum tr_err take_claim(
    struct tr_ticket *ticket, const struct tr_param *param, struct tr_why *why)
{
	const char *name = param->name + strlen(TR_TICKET_CLAIM);

	if (!*name || name[strspn(name, name_chars)])
		return tr_fail(
		    why, TR_INVALID, "a claim's name has letters, digits and _ alone");
	if (strlen(param->value) != param->value_len)
		return tr_fail(why, TR_INVALID, "a claim has a NUL byte");
	for (int i = 0; i < ticket->claim_count; i++)
		if (strcmp(ticket->claims[i].name, param->name) == 0)
			return tr_fail(why, TR_INVALID, "a claim is there twice");
	if (ticket->claim_count == TR_TICKET_CLAIMS)
		return tr_fail(why, TR_INVALID, "it has more than %d claims", TR_TICKET_CLAIMS);
	ticket->claims[ticket->claim_count++] = (struct tr_claim){param->name, param->value};
	return TR_OK;
}

static enum tr_err take(
    struct tr_ticket *ticket, const struct tr_param *param, struct tr_why *why)
{
	if (strcmp(param->name, "job") == 0)
		return take_jobs(ticket, param->value, why);
	if (strncmp(param->name, TR_TICKET_CLAIM, strlen(TR_TICKET_CLAIM)) == 0)
		return take_claim(ticket, param, why);
	if (strcmp(param->name, "until") != 0)
		return tr_fail(why, TR_INVALID, "it says what is not known here");
	if (ticket->until_s || tr_query_number(param->value, 1, INT64_MAX, &ticket->until_s))
		return tr_fail(why, TR_INVALID, "until= is one number");
	return TR_OK;
}

/* Reads ticket->text, which is overwritten. TR_OK, or TR_INVALID. */
static enum tr_err parse(struct tr_ticket *ticket, struct tr_why *why)
{
	char *rest = ticket->text;
	struct tr_param param;
	enum tr_err err = TR_OK;

	while (!err && tr_query_next(&rest, &param))
		err = take(ticket, &param, why);
	if (!err && !ticket->until_s)
		err = tr_fail(why, TR_INVALID, "it says no until=");
	if (!err && !ticket->job_count && !ticket->claim_count)
		err = tr_fail(why, TR_INVALID, "it names no job and has no claim");
	return err;
}

/* Whether the text says what a ticket may. */
static enum tr_err check_text(const char *text, struct tr_why *why)
{
	struct tr_ticket *ticket = calloc(1, sizeof(*ticket));
	struct tr_why reason = {0};
	enum tr_err err;

	if (!ticket)
		return tr_fail(why, TR_NOMEM, "out of memory");
	if (BASE64_ENCODE_RAW_LENGTH(strlen(text)) + 1 + MAC_CHARS >= TR_TICKET_BYTES) {
		err = tr_fail(&reason, TR_INVALID, "it is too long");
	} else {
		strcpy(ticket->text, text);
		err = parse(ticket, &reason);
	}
	free(ticket);
	return err ? tr_fail(why, err, "no ticket can be made of that: %s", reason.text)
		   : TR_OK;
}

enum tr_err tr_ticket_sign(
    struct tr_buf *out, const char *text, const char *key_path, struct tr_why *why)
{
	char encoded[TR_TICKET_BYTES];
	struct macs macs = {.text = encoded};
	enum tr_err err = check_text(text, why);

	if (err)
		return err;
	encode(encoded, text, strlen(text));
	macs.len = strlen(encoded);
	err = tr_secrets_read(SETTING, key_path, TR_TICKET_KEY_LEAST, add_mac, &macs, why);
	if (!err && !*macs.first)
		err = tr_fail(why, TR_INVALID, SETTING " %s has no key", key_path);
	if (!err)
		tr_buf_addf(out, "%s.%s", encoded, macs.first);
	if (!err && tr_buf_err(out))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	return err;
}

/* Decodes what a key of ours has signed. Returns 1; or 0: it is no base64url, or has a NUL. */
static int decode(char text[TR_TICKET_BYTES], const char *sent, size_t len)
{
	static const char padding[] = "==";
	struct base64_decode_ctx ctx;
	size_t done = TR_TICKET_BYTES, more = 3;
	uint8_t rest[3];

	base64url_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &done, (uint8_t *)text, len, sent) ||
	    !base64_decode_update(&ctx, &more, rest, (4 - len % 4) % 4 % 3, padding) ||
	    !base64_decode_final(&ctx))
		return 0;
	text[done] = '\0';
	return strlen(text) == done;
}

enum tr_err tr_ticket_read(struct tr_ticket *ticket, const char *sent, const char *key_path,
    int64_t now_s, struct tr_why *why)
{
	const char *dot = strrchr(sent, '.');
	struct macs macs = {.text = sent, .len = dot ? (size_t)(dot - sent) : 0};
	struct tr_why reason = {0};
	enum tr_err err;

	*ticket = (struct tr_ticket){.until_s = 0};
	if (strlen(sent) >= TR_TICKET_BYTES || !dot || strlen(dot + 1) != MAC_CHARS)
		return tr_fail(why, TR_DENIED, "The ticket is not whole.");
	macs.sent = dot + 1;
	err = tr_secrets_read(SETTING, key_path, TR_TICKET_KEY_LEAST, add_mac, &macs, why);
	if (err)
		return err;
	if (!macs.matches)
		return tr_fail(
		    why, TR_DENIED, "The ticket is not signed with a key that holds.");
	if (!decode(ticket->text, sent, macs.len) || parse(ticket, &reason))
		return tr_fail(why, TR_DENIED, "The ticket cannot be read: %s.",
		    *reason.text ? reason.text : "its text is no base64url");
	if (ticket->until_s <= now_s)
		return tr_fail(why, TR_DENIED, "The ticket has expired.");
	return TR_OK;
}
