-- A publisher may have switched recursive triggers on: no more markers, and no loop.
PRAGMA recursive_triggers = ON;
INSERT INTO job (name) VALUES ('a');
UPDATE job SET state = 'running';
UPDATE job SET state = 'failed';
UPDATE job SET state = 'queued';
SELECT id, job_id, event FROM log ORDER BY id;
-- A REPLACE is then a deletion and an insertion, in this order.
REPLACE INTO job (id, name, state) VALUES (1, 'b', 'running');
SELECT id, job_id, event FROM log WHERE id > 4 ORDER BY id;
SELECT 'pruned_to', value FROM meta WHERE key = 'pruned_to';
