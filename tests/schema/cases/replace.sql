-- REPLACE INTO job: the log stays, and it is a visible change.
INSERT INTO job (name, state) VALUES ('a', 'running');
INSERT INTO log (job_id, message) VALUES (1, 'one');
INSERT INTO log (job_id, message) VALUES (1, 'two');
REPLACE INTO job (id, name, state) VALUES (1, 'a', 'failed');
SELECT 'rowid', last_insert_rowid();
INSERT OR REPLACE INTO job (id, name) VALUES (1, 'b');
SELECT id, job_id, event, message FROM log ORDER BY id;
SELECT name, state FROM job;
SELECT 'pruned_to', value FROM meta WHERE key = 'pruned_to';
-- With a foreign key enforced by the publisher's connection it is the same.
PRAGMA foreign_keys = ON;
REPLACE INTO job (id, name) VALUES (1, 'c');
DELETE FROM job;
SELECT id, job_id, event, message FROM log WHERE id > 5 ORDER BY id;
