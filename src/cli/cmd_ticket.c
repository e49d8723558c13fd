/* cmd_ticket.c: tailrow ticket: a signed ticket for a page or a widget.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <string.h>

#include "base/clock.h"
#include "base/query.h"
#include "base/ticket.h"
#include "cli/commands.h"

#define TTL_MOST_S INT64_C(31622400) /* a year */

static const char plain_chars[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~";

/* What the ticket is to say. */
struct wish {
	struct tr_buf jobs;   /* `&job=1,2`, or nothing */
	struct tr_buf claims; /* `&ticket_NAME=VALUE`, each */
	int64_t ttl_s;	      /* 0: not given */
};

/* Appends the value as a query string has it. */
static void add_value(struct tr_buf *out, const char *value)
{
	for (; *value; value++)
		if (strchr(plain_chars, *value))
			tr_buf_add(out, value, 1);
		else
			tr_buf_addf(out, "%%%02X", (unsigned char)*value);
}

static enum tr_exit add_job(struct wish *wish, const char *text)
{
	int64_t id;
	enum tr_exit status = tr_cli_job_id(text, &id);

	if (!status)
		tr_buf_addf(&wish->jobs, wish->jobs.len ? ",%lld" : "&job=%lld", (long long)id);
	return status;
}

static enum tr_exit add_claim(struct wish *wish, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals)
		return tr_cli_usage("--claim is NAME=VALUE, not '%.80s'", text);
	tr_buf_addf(&wish->claims, "&" TR_TICKET_CLAIM "%.*s=", (int)(equals - text), text);
	add_value(&wish->claims, equals + 1);
	return TR_EXIT_DONE;
}

static enum tr_exit read_ttl(struct wish *wish, const char *text)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t len = strspn(text, "0123456789");
	char digits[10] = "";
	int64_t n;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && len < sizeof(digits); i++) {
		if (text[len] != units[i].unit || text[len + 1])
			continue;
		memcpy(digits, text, len);
		if (!tr_query_number(digits, 1, TTL_MOST_S / units[i].seconds, &n)) {
			wish->ttl_s = n * units[i].seconds;
			return TR_EXIT_DONE;
		}
	}
	return tr_cli_usage("--ttl is a time such as 90s, 30m, 12h or 7d, at most 366d");
}

static enum tr_exit read_options(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = {{"job", required_argument, NULL, 'j'},
	    {"ttl", required_argument, NULL, 't'}, {"claim", required_argument, NULL, 'c'},
	    {0}};
	enum tr_exit status = TR_EXIT_DONE;
	int option;

	while (!status && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			status = add_job(wish, optarg);
		else if (option == 't')
			status = read_ttl(wish, optarg);
		else if (option == 'c')
			status = add_claim(wish, optarg);
		else
			status = TR_EXIT_USAGE;
	}
	if (status)
		return status;
	if (optind < argc || !wish->ttl_s || (!wish->jobs.len && !wish->claims.len))
		return tr_cli_usage(
		    "ticket takes --ttl, and --job or --claim: see tailrow help ticket");
	return TR_EXIT_DONE;
}

static enum tr_exit sign(const struct wish *wish, const char *key_path)
{
	struct tr_buf text = {0}, out = {0};
	struct tr_why why = {0};
	enum tr_err err = TR_NOMEM;

	tr_buf_addf(&text, "until=%lld", (long long)(tr_wall_ms() / 1000 + wish->ttl_s));
	tr_buf_add(&text, wish->jobs.data, wish->jobs.len);
	tr_buf_add(&text, wish->claims.data, wish->claims.len);
	if (tr_buf_err(&text) || tr_buf_err(&wish->jobs) || tr_buf_err(&wish->claims))
		tr_fail(&why, err, "out of memory");
	else
		err = tr_ticket_sign(&out, text.data, key_path, &why);
	tr_buf_free(&text);
	tr_buf_adds(&out, "\n");
	if (!err)
		return tr_cli_out(&out);
	tr_buf_free(&out);
	return tr_cli_fail(err, &why);
}

static int run(struct tr_cli *cli, int argc, char **argv)
{
	struct wish wish = {.ttl_s = 0};
	const char *key_path = NULL;
	enum tr_exit status = read_options(argc, argv, &wish);

	if (!status)
		status = tr_cli_settings(cli);
	if (!status) {
		key_path = tr_conf_text(&cli->conf, TR_KEY_TICKET_KEY_FILE);
		status = key_path ? sign(&wish, key_path)
				  : tr_cli_usage("there is no key to sign with: set "
						 "ticket_key_file in " TR_CONF_FILE
						 ", or TAILROW_TICKET_KEY_FILE");
	}
	tr_buf_free(&wish.jobs);
	tr_buf_free(&wish.claims);
	return status;
}

const struct tr_command tr_cmd_ticket = {
    .name = "ticket",
    .args = "--ttl TIME [--job ID]... [--claim NAME=VALUE]...",
    .summary = "print a ticket that lets its holder see some jobs for some time",
    .help = "Goes into an address as ?ticket=TICKET. Signed with the first key of\n"
	    "ticket_key_file.\n"
	    "\n"
	    "  --ttl TIME          holds for so long: 90s, 30m, 12h, 7d\n"
	    "  --job ID            this job may be seen, and no other; may be given more than "
	    "once\n"
	    "  --claim NAME=VALUE  what a [stream] section binds as :ticket_NAME\n"
	    "\n"
	    "  tailrow ticket --job 42 --ttl 1h\n",
    .run = run,
};
