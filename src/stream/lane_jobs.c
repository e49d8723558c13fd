/* lane_jobs.c: the lane of the job log.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "store/jobs.h"
#include "stream/lane.h"

struct jobs {
	struct tr_lane lane;
	struct tr_source *source;
	struct tr_params params;
	struct tr_feed *feed;
	struct tr_start start;
};

static enum tr_err open_feed(const struct jobs *jobs, struct tr_feed **feed, struct tr_why *why)
{
	const struct tr_filter *filter = &jobs->params.filter;

	if (jobs->source->pool)
		return tr_feed_open_pool(feed, jobs->source, filter, why);
	return tr_feed_open_lone(feed, jobs->source, filter, why);
}

/* Decides on a feed where the lane begins. */
static enum tr_err decide(struct jobs *jobs, struct tr_feed *feed,
    const struct tr_params *params, const char *replaced, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	const struct tr_log *log = feed->ops->log(feed, &err, why);

	return log ? tr_start_read(&jobs->start, log, params, replaced, why) : err;
}

static enum tr_err jobs_start(struct tr_lane *lane, enum tr_answer *answer, struct tr_why *why)
{
	struct jobs *jobs = (struct jobs *)lane;
	enum tr_err err = decide(jobs, jobs->feed, &jobs->params, NULL, why);

	*answer = jobs->start.answer;
	return err;
}

static void take_place(struct jobs *jobs, struct tr_buf *out, int greeted)
{
	struct tr_place *place = &jobs->feed->place;

	place->position = jobs->start.position;
	place->markers_from = jobs->start.markers_from;
	place->pruned_to = jobs->start.bounds.pruned_to;
	place->goal = jobs->start.bounds.newest;
	tr_start_frames(out, &jobs->start, place->epoch, greeted);
	tr_start_free(&jobs->start);
}

static void jobs_begin(struct tr_lane *lane, struct tr_buf *out)
{
	take_place((struct jobs *)lane, out, 0);
}

static int jobs_fd(const struct tr_lane *lane)
{
	const struct jobs *jobs = (const struct jobs *)lane;

	return jobs->feed->ops->fd(jobs->feed);
}

static int64_t jobs_deadline_ns(const struct tr_lane *lane)
{
	const struct jobs *jobs = (const struct jobs *)lane;

	return jobs->feed->ops->deadline_ns(jobs->feed);
}

static enum tr_look jobs_look(struct tr_lane *lane)
{
	struct jobs *jobs = (struct jobs *)lane;

	return jobs->feed->ops->look(jobs->feed);
}

static enum tr_err jobs_next(
    struct tr_lane *lane, struct tr_buf *out, uint64_t *frames, int *ended, struct tr_why *why)
{
	struct jobs *jobs = (struct jobs *)lane;
	uint64_t before = jobs->feed->frames;
	enum tr_err err = jobs->feed->ops->next(jobs->feed, out, ended, why);

	*frames = jobs->feed->frames - before;
	return err;
}

/* Opens the database again after it was replaced or changed its journal mode, and goes on:
 * from the same position where the file is the same one, and with `reset` where not. */
static enum tr_err jobs_reopen(struct tr_lane *lane, struct tr_buf *out, struct tr_why *why)
{
	struct jobs *jobs = (struct jobs *)lane;
	const char *replaced =
	    jobs->feed->ops->replaced(jobs->feed) ? "the database was replaced" : NULL;
	struct tr_params params = jobs->params;
	struct tr_place place = jobs->feed->place;
	struct tr_feed *feed;
	enum tr_err err = open_feed(jobs, &feed, why);

	params.since = TR_SINCE_CURSOR;
	params.cursor.n = place.position;
	memcpy(params.cursor.epoch, place.epoch, sizeof(params.cursor.epoch));
	if (!err)
		err = decide(jobs, feed, &params, replaced, why);
	if (err) {
		if (feed)
			feed->ops->close(feed);
		return err;
	}
	jobs->feed->ops->close(jobs->feed);
	jobs->feed = feed;
	if (jobs->start.reset) {
		take_place(jobs, out, 1);
		return TR_OK;
	}
	feed->place.position = place.position;
	feed->place.markers_from = place.markers_from;
	feed->place.pruned_to = place.pruned_to;
	feed->place.goal = place.goal;
	tr_start_free(&jobs->start);
	return TR_OK;
}

static enum tr_err jobs_ended(
    struct tr_lane *lane, int *open, double *ended_s, struct tr_why *why)
{
	struct jobs *jobs = (struct jobs *)lane;
	struct tr_named named = {.open = 1};
	const struct tr_log *log;
	enum tr_err err = TR_OK;

	*open = 1;
	if (!jobs->params.filter.job_count)
		return TR_OK;
	log = jobs->feed->ops->log(jobs->feed, &err, why);
	if (log)
		err = tr_jobs_named(log->db, &jobs->params.filter, &named, why);
	*open = named.open;
	*ended_s = named.ended_s;
	return err;
}

static int jobs_beats(struct tr_lane *lane, struct tr_beat *beats, int cap)
{
	struct jobs *jobs = (struct jobs *)lane;

	return jobs->feed->ops->beats(jobs->feed, beats, cap);
}

static int jobs_settled(const struct tr_lane *lane)
{
	const struct jobs *jobs = (const struct jobs *)lane;

	return jobs->feed->ops->settled(jobs->feed);
}

static struct tr_place *jobs_place(struct tr_lane *lane)
{
	return &((struct jobs *)lane)->feed->place;
}

static void jobs_close(struct tr_lane *lane)
{
	struct jobs *jobs = (struct jobs *)lane;

	tr_start_free(&jobs->start);
	if (jobs->feed)
		jobs->feed->ops->close(jobs->feed);
	free(jobs);
}

static const struct tr_lane_ops ops = {
    .start = jobs_start,
    .begin = jobs_begin,
    .fd = jobs_fd,
    .deadline_ns = jobs_deadline_ns,
    .look = jobs_look,
    .next = jobs_next,
    .reopen = jobs_reopen,
    .ended = jobs_ended,
    .beats = jobs_beats,
    .settled = jobs_settled,
    .place = jobs_place,
    .close = jobs_close,
};

enum tr_err tr_lane_open_jobs(struct tr_lane **out, struct tr_source *source,
    const struct tr_params *params, struct tr_why *why)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));
	enum tr_err err;

	*out = NULL;
	if (!jobs)
		return tr_fail(why, TR_NOMEM, "out of memory");
	*jobs = (struct jobs){
	    .lane = {.ops = &ops, .name = "jobs"}, .source = source, .params = *params};
	tr_params_pick(&jobs->params, "jobs");
	err = open_feed(jobs, &jobs->feed, why);
	if (err)
		jobs_close(&jobs->lane);
	else
		*out = &jobs->lane;
	return err;
}
