/* ffmpeg.c: blocks of ffmpeg's `-progress`, lines `key=value` of which the last is
 * `progress=continue` or `progress=end`.
 *
 * - Only the block as a whole is ffmpeg's for certain, so its lines are held back till then.
 * - A block tells a time, which becomes the step. Where ffmpeg has said how long its only input
 *   is, it becomes a percentage of that: too low where only a part is asked for (-t, -ss).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "progress/formats.h"
#include "progress/text.h"

static const char *const keys[] = {"frame=", "fps=", "stream_",
    "bitrate=", "total_size=", "out_time_us=", "out_time_ms=", "out_time=", "dup_frames=",
    "drop_frames=", "speed=", "progress="};

/* `00:01:02.500000` in seconds; negative: it is something else. */
static double seconds(const char *stamp)
{
	double hours, minutes, rest;
	const char *at = tr_text_number(stamp, &hours);

	at = at && *at == ':' ? tr_text_number(at + 1, &minutes) : NULL;
	at = at && *at == ':' ? tr_text_number(at + 1, &rest) : NULL;
	return at ? hours * 3600 + minutes * 60 + rest : -1;
}

static void tell(struct tr_reader *r, enum tr_markup_from from, const char *out_time, int ended)
{
	double out_s = seconds(out_time), percent;
	char step[TR_STAMP_SIZE];

	if (r->duration_s > 0) {
		percent = ended ? 100 : out_s / r->duration_s * 100;
		tr_reader_percent(
		    r, from, TR_SOURCE_FFMPEG, percent < 100 ? percent : 100, NULL);
	} else if (out_s >= 0) {
		tr_text_copy(step, sizeof(step), out_time);
		step[strcspn(step, ".")] = '\0';
		tr_reader_step(r, from, step);
	}
}

int tr_ffmpeg_goes_on(const char *line)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (tr_text_after(line, keys[i]))
			return strchr(line, '=') != NULL;
	return 0;
}

enum tr_take tr_take_ffmpeg(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	const char *out_time = tr_text_after(line, "out_time=");
	const char *progress = tr_text_after(line, "progress=");
	char *kept = r->out_time[from];

	if (!r->held[from].kind || tr_text_after(line, "frame=")) {
		tr_reader_release(r, from);
		*kept = '\0';
	}
	if (out_time)
		tr_text_copy(kept, sizeof(r->out_time[from]), out_time);
	if (progress && *kept) {
		tell(r, from, kept, strcmp(progress, "end") == 0);
		tr_reader_drop(r, from);
		return TR_TAKE_OUT;
	}
	if (!progress && tr_reader_hold(r, from, TR_HELD_BLOCK))
		return TR_TAKE_OUT;
	tr_reader_release(r, from);
	return TR_TAKE_NOT;
}

enum tr_take tr_take_ffmpeg_input(struct tr_reader *r, enum tr_markup_from from, char *line)
{
	const char *number = tr_text_after(line, "Input #"), *duration;
	double duration_s;

	(void)from;
	if (number) {
		r->inputs = tr_text_after(number, "0,") ? 1 : r->inputs + 1;
		r->duration_s = 0;
		return TR_TAKE_NOT;
	}
	duration = tr_text_after(tr_text_skip_blanks(line), "Duration: ");
	duration_s = duration ? seconds(duration) : 0;
	if (duration_s > 0 && r->inputs == 1)
		r->duration_s = duration_s;
	return TR_TAKE_NOT;
}
