/* target.c: which addresses a URL that somebody gave may mean.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define GIVEN_BYTES 1900 /* what is appended fits as well */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Where the host begins; NULL: another scheme than http and https. */
static const char *host_of(const char *url)
{
	if (strncasecmp(url, "http://", 7) == 0)
		return url + 7;
	return strncasecmp(url, "https://", 8) == 0 ? url + 8 : NULL;
}

/* Copies the URL with its scheme, up to its query. */
static enum tr_err copy(char out[TR_API_BYTES], const char *url, struct tr_why *why)
{
	const char *host = host_of(url);

	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return tr_fail(why, TR_INVALID, "a URL holds no spaces");
	if (strlen(url) > GIVEN_BYTES)
		return tr_fail(why, TR_INVALID, "the URL is longer than %d bytes", GIVEN_BYTES);
	if (!host && strstr(url, "://"))
		return tr_fail(why, TR_INVALID,
		    "the URL of a page begins with http:// or https://, not as '%.40s'", url);
	if (!*(host ? host : url) || strchr("/?#", *(host ? host : url)))
		return tr_fail(why, TR_INVALID, "there is no host in the URL '%.80s'", url);
	snprintf(
	    out, TR_API_BYTES, "%s%.*s", host ? "" : "http://", (int)strcspn(url, "?#"), url);
	return TR_OK;
}

/* Cuts the name of a file of the page. */
static void cut_file(char *url)
{
	char *slash = strrchr(url, '/');

	if (ends_with(url, ".html") && slash[-1] != '/')
		*slash = '\0';
}

static void cut_slashes(char *url)
{
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		url[--len] = '\0';
}

/* Cuts the "/events" of the responder's own address, or "/events/NAME". True: it was there. */
static bool cut_events(char *url)
{
	static const char events[] = "/events";
	char *slash = strrchr(url, '/');
	size_t len = strlen(events);

	if (slash - url >= (ptrdiff_t)len && strncmp(slash - len, events, len) == 0)
		*slash = '\0';
	if (!ends_with(url, events))
		return false;
	url[strlen(url) - len] = '\0';
	return true;
}

static void add(struct tr_target *out, const char *api, const char *more)
{
	snprintf(out->api[out->count++], TR_API_BYTES, "%.*s%s", GIVEN_BYTES + 7, api, more);
}

enum tr_err tr_target_parse(struct tr_target *out, const char *url, struct tr_why *why)
{
	char base[TR_API_BYTES];
	enum tr_err err = copy(base, url, why);

	*out = (struct tr_target){0};
	if (err)
		return err;
	cut_file(base);
	cut_slashes(base);
	if (!cut_events(base) && !ends_with(base, "/api"))
		add(out, base, "/api");
	add(out, base, "");
	return TR_OK;
}

void tr_target_shown(char out[TR_URL_BYTES], const char *url)
{
	const char *host = host_of(url), *at;

	if (!host)
		host = url;
	at = memrchr(host, '@', strcspn(host, "/?#"));
	snprintf(out, TR_URL_BYTES, "%.*s%s", (int)(host - url), url, at ? at + 1 : host);
}
