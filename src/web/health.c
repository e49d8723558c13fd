/* health.c: GET /health and GET /metrics: how the service is, for people and for monitors.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/health.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/quote.h"
#include "base/sandbox.h"
#include "store/log.h"
#include "web/respond.h"

/* What there is to tell, whichever way it was found out. */
struct health {
	struct tr_ring_state state;
	struct tr_cursor cursor;
};

static void ask_pool(const struct tr_service *service, struct health *health)
{
	const struct tr_ring *ring = service->pool->ring;

	tr_ring_state(ring, &health->state);
	tr_ring_epoch(ring, health->cursor.epoch);
	health->cursor.n = tr_ring_newest(ring);
	if (!*health->cursor.epoch && !*health->state.why)
		snprintf(health->state.why, sizeof(health->state.why),
		    "the watcher has not opened the database yet: try again");
}

static void ask_database(const struct tr_service *service, struct health *health)
{
	const char *db_path = tr_conf_text(service->conf, TR_KEY_DB);
	const struct tr_filter everything = {0};
	struct tr_bounds bounds = {0};
	struct tr_why why = {0};
	struct tr_log log;
	enum tr_err err;

	if (!db_path) {
		snprintf(health->state.why, sizeof(health->state.why), "no database is named");
		return;
	}
	err = tr_log_open(&log, db_path, TR_LOG_READER, &everything, &why);
	if (!err)
		err = tr_reader_bounds(log.reader, &bounds, &why);
	if (!err) {
		tr_log_journal_mode(
		    &log, health->state.journal_mode, sizeof(health->state.journal_mode));
		memcpy(health->cursor.epoch, log.epoch, sizeof(log.epoch));
		health->cursor.n = bounds.newest;
	}
	snprintf(health->state.watch, sizeof(health->state.watch), "each stream for itself");
	snprintf(health->state.why, sizeof(health->state.why), "%s", why.text);
	tr_log_close(&log);
}

static void add_text(struct tr_buf *out, const char *key, const char *text)
{
	tr_buf_addf(out, ",\"%s\":", key);
	tr_quote_json(out, text, strlen(text));
}

static void add_health(
    struct tr_buf *out, const struct tr_service *service, const struct health *health)
{
	char cursor[TR_CURSOR_SIZE];

	tr_cursor_format(cursor, &health->cursor);
	tr_buf_adds(out, "{\"status\":\"ok\"");
	if (service->pool)
		tr_buf_addf(out, ",\"streams\":%d,\"maxStreams\":%d",
		    tr_scoreboard_streams(service->pool->board),
		    tr_scoreboard_max_streams(service->pool->board));
	add_text(out, "cursor", cursor);
	add_text(out, "journalMode", health->state.journal_mode);
	add_text(out, "watch", health->state.watch);
	add_text(out, "sandbox", tr_sandbox_state());
	tr_buf_adds(out, "}\n");
}

enum tr_err tr_health(const struct tr_service *service, struct tr_request *request)
{
	struct health health = {0};
	struct tr_buf out = {0};
	enum tr_err err;

	if (service->pool)
		ask_pool(service, &health);
	else
		ask_database(service, &health);
	if (*health.state.why)
		return tr_respond_unavailable(request, health.state.why);
	add_health(&out, service, &health);
	err = tr_respond_text(request, "application/json", &out);
	tr_buf_free(&out);
	return err;
}

static void add_metric(struct tr_buf *out, const char *name, const char *type, const char *help)
{
	tr_buf_addf(
	    out, "# TYPE tailrow_%s %s\n# HELP tailrow_%s %s\n", name, type, name, help);
}

static void add_counter(
    struct tr_buf *out, const char *name, const char *help, const _Atomic uint64_t *value)
{
	add_metric(out, name, "counter", help);
	tr_buf_addf(
	    out, "tailrow_%s_total %llu\n", name, (unsigned long long)atomic_load(value));
}

static void add_delays(struct tr_buf *out, const struct tr_metrics *metrics)
{
	unsigned long long count = 0;

	add_metric(out, "commit_to_wake_seconds", "histogram",
	    "From a row's created_at until its viewers were woken.");
	for (int i = 0; i < TR_DELAYS; i++) {
		count += atomic_load(&metrics->delays[i]);
		tr_buf_adds(out, "tailrow_commit_to_wake_seconds_bucket{le=\"");
		if (i < TR_DELAYS - 1)
			tr_buf_addf(out, "%g", tr_delay_bounds_s[i]);
		else
			tr_buf_adds(out, "+Inf");
		tr_buf_addf(out, "\"} %llu\n", count);
	}
	tr_buf_addf(out,
	    "tailrow_commit_to_wake_seconds_count %llu\n"
	    "tailrow_commit_to_wake_seconds_sum %.6f\n",
	    count, (double)atomic_load(&metrics->delay_sum_us) / 1e6);
}

enum tr_err tr_metrics(const struct tr_service *service, struct tr_request *request)
{
	const struct tr_metrics *metrics = service->metrics;
	struct tr_ring_state state;
	struct tr_buf out = {0};
	enum tr_err err;

	if (!service->pool)
		return tr_respond_problem(request, 404, "Not Found",
		    "This responder serves one request a process: there is nothing to count.",
		    NULL);
	tr_ring_state(service->pool->ring, &state);
	add_metric(&out, "streams_open", "gauge", "Event streams open now.");
	tr_buf_addf(
	    &out, "tailrow_streams_open %d\n", tr_scoreboard_streams(service->pool->board));
	add_counter(&out, "streams", "Event streams opened.", &metrics->streams);
	add_counter(&out, "frames", "Frames of rows sent.", &metrics->frames);
	add_counter(&out, "coalesced_frames", "Frames that left in one write with another.",
	    &metrics->coalesced);
	add_counter(&out, "stream_bytes", "Bytes of frames sent.", &metrics->bytes);
	add_counter(&out, "wakes", "Times a worker woke for rows.", &metrics->wakes);
	add_counter(&out, "queries", "Readings of the database.", &metrics->queries);
	add_counter(
	    &out, "rotations", "Streams ended by max_stream_seconds.", &metrics->rotations);
	add_counter(
	    &out, "refusals", "Streams refused: all places were taken.", &metrics->refusals);
	add_delays(&out, metrics);
	add_metric(&out, "watch", "info", "How commits are noticed.");
	tr_buf_addf(&out, "tailrow_watch_info{journal_mode=\"%s\",mode=\"%s\"} 1\n# EOF\n",
	    state.journal_mode, state.watch);
	err = tr_respond_text(
	    request, "application/openmetrics-text; version=1.0.0; charset=utf-8", &out);
	tr_buf_free(&out);
	return err;
}
