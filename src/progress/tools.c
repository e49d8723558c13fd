/* tools.c: what apt, restic, wget, Cronicle's jobs and sd_notify(3) say in lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

#define CRONICLE_MAX_BYTES 64 /* `{ "progress": 0.5 }` and nothing else */

/* Cronicle: a line that is nothing but a percentage. It stays a line, since it may be a result.
 * One may be that; when a second one is higher it is a script that tells its progress. */
enum tr_take tr_take_percent(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	enum tr_source source = TR_SOURCE_LINE;
	double percent;
	char *at = tr_text_number(tr_text_skip_blanks(line), &percent);

	if (!at || *at != '%' || *tr_text_skip_blanks(at + 1) || percent > 100)
		return TR_TAKE_NOT;
	if (r->phase.source == TR_SOURCE_SCRIPT || percent > r->line_percent)
		source = TR_SOURCE_SCRIPT;
	r->line_percent = percent;
	tr_reader_percent(r, from, source, percent, NULL);
	return TR_TAKE_INFO;
}

/* Cronicle's `{"progress":0.5}`, alone: with other members the line is a log record. */
static enum tr_take take_cronicle(
    struct tr_reader *r, enum tr_markup_from from, const cJSON *object)
{
	const cJSON *progress = cJSON_GetObjectItemCaseSensitive(object, "progress");

	if (!cJSON_IsNumber(progress) || cJSON_GetArraySize(object) != 1 ||
	    !(progress->valuedouble >= 0 && progress->valuedouble <= 1))
		return TR_TAKE_NOT;
	tr_reader_percent(r, from, TR_SOURCE_SCRIPT, progress->valuedouble * 100, NULL);
	return TR_TAKE_OUT;
}

/* restic --json; its summary stays a line. */
static enum tr_take take_restic(
    struct tr_reader *r, enum tr_markup_from from, const cJSON *object)
{
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(object, "message_type");
	const cJSON *done = cJSON_GetObjectItemCaseSensitive(object, "percent_done");

	if (!cJSON_IsString(type) || strcmp(type->valuestring, "status") != 0 ||
	    !cJSON_IsNumber(done))
		return TR_TAKE_NOT;
	tr_reader_percent(r, from, TR_SOURCE_RESTIC, done->valuedouble * 100, NULL);
	return TR_TAKE_OUT;
}

enum tr_take tr_take_json(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	int cronicle = strlen(line) <= CRONICLE_MAX_BYTES && strstr(line, "\"progress\"");
	int restic = strstr(line, "\"message_type\"") && strstr(line, "\"status\"");
	enum tr_take take = TR_TAKE_NOT;
	cJSON *object;

	if (!cronicle && !restic)
		return TR_TAKE_NOT;
	object = cJSON_ParseWithOpts(line, NULL, 1);
	take = cronicle ? take_cronicle(r, from, object) : take_restic(r, from, object);
	cJSON_Delete(object);
	return take;
}

/* APT::Status-Fd: `pmstatus:PACKAGE:PERCENT:TEXT`; `dlstatus:` for downloads, and `pmerror:`
 * where a package failed ("progress-reporting" in apt's documentation). */
enum tr_take tr_take_apt(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	char *package = strchr(line, ':') + 1, *text = strchr(package, ':');
	double percent;

	text = text ? tr_text_number(text + 1, &percent) : NULL;
	if (!text || *text++ != ':')
		return TR_TAKE_NOT;
	if (tr_text_after(line, "pmerror:"))
		tr_reader_line(r, from, "error", package, strlen(package));
	else
		tr_reader_percent(r, from, TR_SOURCE_APT, percent, text);
	return TR_TAKE_OUT;
}

enum tr_take tr_take_status(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	tr_reader_step(r, from, line + strlen("STATUS="));
	return TR_TAKE_INFO;
}

/* wget's `    50K .......... ..........  3% 768M 0s`, which is of one file and begins with
 * `0K`. */
enum tr_take tr_take_wget(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	double offset, percent;
	char *dots, *at = tr_text_number(tr_text_skip_blanks(line), &offset);

	dots = at ? tr_text_after(at, "K ") : NULL;
	at = dots ? dots + strspn(dots, " .,") : NULL;
	if (!at || !memchr(dots, '.', (size_t)(at - dots)))
		return TR_TAKE_NOT;
	at = tr_text_number(at, &percent);
	if (at && *at == '%') {
		if (offset == 0)
			tr_phase_bar_end(&r->phase, TR_SOURCE_WGET);
		tr_reader_percent(r, from, TR_SOURCE_WGET, percent, NULL);
	}
	return TR_TAKE_INFO;
}
