-- One marker for each visible change, none for anything else.
.nullvalue NULL
CREATE TABLE t (title); -- collects what happened since the last line
INSERT INTO job (name) VALUES ('a');
CREATE VIEW news AS SELECT id, job_id, event, level, message FROM log
  WHERE id > (SELECT coalesce(max(title), 0) FROM t) ORDER BY id;
SELECT 'insert', * FROM news; INSERT INTO t SELECT max(id) FROM log;

UPDATE job SET name = 'b'; SELECT 'name', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET progress = 10; SELECT 'progress', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET step = 's'; SELECT 'step', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET url = 'u'; SELECT 'url', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET error = 'e'; SELECT 'error', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET exit_code = 3; SELECT 'exit_code', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET state = 'running'; SELECT 'running', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET step = NULL; SELECT 'to NULL', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET progress = 20, step = 'x', url = 'v'; SELECT 'three at once', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET state = 'succeeded', progress = 100; SELECT 'succeeded', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET url = 'w'; SELECT 'after the end', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET state = 'failed'; SELECT 'failed', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET state = 'canceled'; SELECT 'canceled', * FROM news; INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET state = 'queued'; SELECT 'queued again', * FROM news; INSERT INTO t SELECT max(id) FROM log;

-- Nothing visible changed: no row may appear from here on.
UPDATE job SET name = 'b', state = 'queued', progress = 100, step = 'x', url = 'w', error = 'e', exit_code = 3;
UPDATE job SET name = name, state = state, progress = 100.0, step = step;
UPDATE job SET beat_at = 'now', owner = 'o', key = 'k', host = 'h', cwd = '/', signal = 9;
UPDATE job SET started_at = 'x', finished_at = 'y', created_at = 'z';
UPDATE job SET state = 'running' WHERE id = 99;
SELECT 'nothing visible', * FROM news;

INSERT INTO job (name) VALUES ('c'); INSERT INTO job (name) VALUES ('d');
INSERT INTO t SELECT max(id) FROM log;
UPDATE job SET progress = 50 WHERE id < 3 OR name = 'd';
SELECT 'three jobs', * FROM news ORDER BY job_id;
SELECT 'ids rise', count(DISTINCT id), count(*) FROM log;
