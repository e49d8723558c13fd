-- started_at and finished_at.
.nullvalue NULL
CREATE VIEW v AS SELECT state,
  CASE WHEN started_at GLOB '20*T*.*Z' THEN 'set' ELSE started_at END AS started,
  CASE WHEN finished_at GLOB '20*T*.*Z' THEN 'set' ELSE finished_at END AS finished
  FROM job WHERE id = 1;
INSERT INTO job (name) VALUES ('a'); SELECT * FROM v;
UPDATE job SET step = 'x'; SELECT * FROM v;
UPDATE job SET state = 'running'; SELECT * FROM v;
UPDATE job SET state = 'failed'; SELECT * FROM v;
-- From one final state to another: it ended when it ended.
UPDATE job SET finished_at = 'then'; UPDATE job SET state = 'succeeded'; SELECT * FROM v;
-- Started again: finished_at is cleared, started_at kept.
UPDATE job SET started_at = 'first'; UPDATE job SET state = 'running'; SELECT * FROM v;
UPDATE job SET state = 'canceled'; SELECT * FROM v;
UPDATE job SET state = 'queued'; SELECT * FROM v;
-- Times that the publisher gives are kept, in the same update and on insert.
UPDATE job SET state = 'running', started_at = 'mine'; SELECT * FROM v;
UPDATE job SET state = 'succeeded', finished_at = 'mine too'; SELECT * FROM v;
-- Set by hand while nothing is entered or left.
UPDATE job SET finished_at = NULL; SELECT * FROM v;
DELETE FROM job;
SELECT 'insert';
INSERT INTO job (id, name, state) VALUES (1, 'a', 'running'); SELECT * FROM v; DELETE FROM job;
INSERT INTO job (id, name, state) VALUES (1, 'a', 'succeeded'); SELECT * FROM v; DELETE FROM job;
INSERT INTO job (id, name, state) VALUES (1, 'a', 'canceled'); SELECT * FROM v; DELETE FROM job;
INSERT INTO job (id, name, state) VALUES (1, 'a', 'queued'); SELECT * FROM v; DELETE FROM job;
INSERT INTO job (id, name, state, started_at, finished_at) VALUES (1, 'a', 'failed', 'm', 'n');
SELECT * FROM v; DELETE FROM job;
SELECT event, count(*) FROM log WHERE id > (SELECT min(id) FROM log WHERE event = 'removed')
  GROUP BY event ORDER BY event;
