-- schema.sql: the tables of a tailrow database, and the triggers that keep its promises.
--
-- * By hand: sqlite3 -bail jobs.db < schema.sql  makes the same database as `tailrow init`.
-- * Runs on any SQLite from 3.7.0 on: no UPSERT, partial index, JSON, CTE, generated column.
-- * A publisher needs INSERT and UPDATE on job and INSERT on log, and nothing else.
-- * No foreign keys: with a cascade, REPLACE INTO job would delete the job's log.
-- * A constraint's name is what a publisher's program reads when it is refused.
--
-- SPDX-License-Identifier: MIT

-- Takes effect only before the first table, and not at all once the file is in WAL mode.
PRAGMA auto_vacuum = INCREMENTAL;

BEGIN IMMEDIATE;

PRAGMA application_id = 1953656695; -- 'trow': what file(1) shows

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued'
    CONSTRAINT "state is queued, running, succeeded, failed or canceled"
    CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  progress NUMERIC
    CONSTRAINT "progress is 0 to 100, or NULL" CHECK (progress BETWEEN 0 AND 100),
  step TEXT,
  url TEXT,
  error TEXT,
  exit_code INTEGER,
  signal INTEGER,
  owner TEXT,
  key TEXT,
  host TEXT,
  cwd TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  started_at TEXT,
  finished_at TEXT,
  beat_at TEXT -- last sign of life while running; NULL: never called stalled
);

-- The listing of running jobs; the newest ones come by id.
CREATE INDEX job_state ON job (state);

-- log.id is the one total order, and the cursor of every stream.
-- substr() stops at a NUL, so the comparison refuses one as well as a 65th character;
-- typeof() refuses a BLOB, which is unequal to any of the reserved names.
CREATE TABLE log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER, -- NULL: a line of no job
  event TEXT NOT NULL DEFAULT 'log'
    CONSTRAINT "event is 1 to 64 of A-Z a-z 0-9 . _ : - and no reserved name"
    CHECK (typeof(event) = 'text' AND event <> '' AND event = substr(event, 1, 64)
      AND event NOT GLOB '*[^A-Za-z0-9._:-]*'
      AND event NOT IN ('hello', 'snapshot', 'gap', 'reset', 'ping', 'busy', 'row', 'gone',
        'open', 'error')),
  level TEXT NOT NULL DEFAULT 'info'
    CONSTRAINT "level is debug, info, warn or error"
    CHECK (level IN ('debug', 'info', 'warn', 'error')),
  message TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- event and level come along, so that a job's lines are counted without their messages. None
-- begins with them: a stream that begins looks back through a million rows for a rare one in
-- 75 ms, once, and each index would make every commit of a line half as dear again.
CREATE INDEX log_job ON log (job_id, id, event, level);

-- TEXT, because an epoch of digits only would otherwise become a number.
CREATE TABLE meta (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);

INSERT INTO meta VALUES ('schema_version', '1');
INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(8))));
INSERT INTO meta VALUES ('pruned_to', '0'); -- highest log.id deleted
-- Publishing over HTTP adds a row http_minute here, and a table http_key.

-- A row below the cursor of an open stream would never be seen there. AFTER, because in a
-- BEFORE trigger an id not yet chosen reads as -1; sqlite_sequence holds the highest id
-- from before this statement until the statement ends.
CREATE TRIGGER log_insert AFTER INSERT ON log
WHEN NEW.id <= coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0)
BEGIN
  SELECT RAISE(ABORT, 'log.id must be above every earlier one: leave it out, and it is chosen');
END;

CREATE TRIGGER log_renumber BEFORE UPDATE OF id ON log
WHEN NEW.id <> OLD.id
BEGIN
  SELECT RAISE(ABORT, 'log.id cannot be changed: it is the order in which rows are sent');
END;

-- A status-update that a later marker supersedes need not have been sent: its loss is none.
CREATE TRIGGER log_delete AFTER DELETE ON log
WHEN OLD.event <> 'status-update' OR NOT EXISTS (
  SELECT 1 FROM log WHERE job_id = OLD.job_id AND id > OLD.id
    AND event IN ('status-update', 'completion', 'removed'))
BEGIN
  UPDATE meta SET value = OLD.id WHERE key = 'pruned_to' AND CAST(value AS INTEGER) < OLD.id;
END;

CREATE TRIGGER job_insert AFTER INSERT ON job
BEGIN
  UPDATE job SET started_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE id = NEW.id AND state = 'running' AND started_at IS NULL;
  UPDATE job SET finished_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE id = NEW.id AND state IN ('succeeded', 'failed', 'canceled')
      AND finished_at IS NULL;
  INSERT INTO log (job_id, event) VALUES (NEW.id, CASE
    WHEN NEW.state IN ('succeeded', 'failed', 'canceled') THEN 'completion'
    ELSE 'status-update' END);
END;

-- Sets none of the columns of job_update, so that a change of state has one marker.
CREATE TRIGGER job_times AFTER UPDATE OF state ON job
WHEN NEW.state <> OLD.state
BEGIN
  UPDATE job SET
    started_at = CASE
      WHEN NEW.state = 'running'
        THEN coalesce(started_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
      ELSE started_at END,
    finished_at = CASE
      WHEN NEW.state IN ('succeeded', 'failed', 'canceled')
        THEN coalesce(finished_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
      WHEN OLD.state IN ('succeeded', 'failed', 'canceled') THEN NULL
      ELSE finished_at END
    WHERE id = NEW.id;
END;

CREATE TRIGGER job_update
AFTER UPDATE OF name, state, progress, step, url, error, exit_code ON job
WHEN NEW.name IS NOT OLD.name OR NEW.state IS NOT OLD.state
  OR NEW.progress IS NOT OLD.progress OR NEW.step IS NOT OLD.step OR NEW.url IS NOT OLD.url
  OR NEW.error IS NOT OLD.error OR NEW.exit_code IS NOT OLD.exit_code
BEGIN
  INSERT INTO log (job_id, event) VALUES (NEW.id, CASE
    WHEN NEW.state IN ('succeeded', 'failed', 'canceled') THEN 'completion'
    ELSE 'status-update' END);
END;

CREATE TRIGGER job_delete AFTER DELETE ON job
BEGIN
  INSERT INTO log (job_id, event) VALUES (OLD.id, 'removed');
END;

COMMIT;

-- Last, and outside: a file system that cannot do it leaves a complete database behind.
PRAGMA journal_mode = WAL;
