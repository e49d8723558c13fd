/* row.h: a log row and a job, as read into memory.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_ROW_H
#define TR_STORE_ROW_H

#include <stddef.h>
#include <stdint.h>

/* A column's text: any bytes, perhaps NUL among them; data is NULL for SQL NULL. */
struct tr_text {
	const char *data;
	size_t len;
};

struct tr_row {
	int64_t id;
	int64_t job_id; /* meaningful only where has_job */
	int has_job;
	struct tr_text event;
	struct tr_text level;
	struct tr_text message;
	struct tr_text created_at;
	struct tr_text owner; /* of its job, where that has one */
};

struct tr_job {
	int64_t id;
	struct tr_text name;
	struct tr_text state;
	struct tr_text step;
	struct tr_text url;
	struct tr_text error;
	struct tr_text started_at;
	struct tr_text finished_at;
	double progress; /* 0 to 100; NaN: unknown */
	int64_t exit_code;
	int has_exit_code;
};

/* A job with the columns that a stream does not carry. */
struct tr_job_whole {
	struct tr_job job;
	struct tr_text created_at;
	struct tr_text beat_at;
	struct tr_text host;
	struct tr_text cwd;
	struct tr_text key;
	struct tr_text owner;
	int64_t signal;
	int has_signal;
};

/* The marker rows that triggers append: what happened to a job, not a line of its log. */
enum tr_marker {
	TR_MARKER_NONE,
	TR_MARKER_STATUS,     /* status-update */
	TR_MARKER_COMPLETION, /* completion: the job reached a final state */
	TR_MARKER_REMOVED,    /* removed: the job was deleted */
};

/* What a job's state can be. */
enum tr_state {
	TR_STATE_QUEUED,
	TR_STATE_RUNNING,
	TR_STATE_SUCCEEDED, /* from here on final: a job does not leave them by itself */
	TR_STATE_FAILED,
	TR_STATE_CANCELED,
	TR_STATES
};

extern const char *const tr_state_names[TR_STATES];

/* Whether text is exactly the C string word. */
int tr_text_is(struct tr_text text, const char *word);

/* Whether text, which a NUL byte follows, has words in it, ASCII letters in either case. */
int tr_text_has(struct tr_text text, const char *words);

/* The state of that name; TR_STATES: there is none. */
enum tr_state tr_state_of(struct tr_text name);

/* Whether text has the form of an event's name, as the schema's CHECK has it:
 * [A-Za-z0-9._:-]{1,64}. */
int tr_event_name(struct tr_text text);

/* Whether it is one of the names that a stream uses itself, or a browser, and that the CHECK
 * refuses to rows. */
int tr_event_reserved(struct tr_text text);

/* Which marker a row of that event name is. */
enum tr_marker tr_marker_of(struct tr_text event);

/* Whether the state of that name is final. */
int tr_state_final(struct tr_text state);

#endif
