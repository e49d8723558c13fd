-- All that a publisher needs, and what it can see of the triggers: nothing.
.nullvalue NULL
PRAGMA trusted_schema = OFF;
INSERT INTO job (name) VALUES ('deploy');
SELECT 'rowid of the job', last_insert_rowid(), changes();
UPDATE job SET state = 'running', progress = 45, step = 'Syncing database' WHERE id = 1;
SELECT 'after update', last_insert_rowid(), changes();
INSERT INTO log (job_id, message) VALUES (1, 'cloned');
SELECT 'rowid of the line', last_insert_rowid(), changes();
INSERT INTO log (event, message) VALUES ('order', '{"status":"out for delivery"}');
INSERT INTO log (job_id, event, level, message) VALUES ('1', 'group', 'warn', 'Build');
DELETE FROM job WHERE id = 1;
SELECT 'after delete', last_insert_rowid(), changes();
INSERT INTO job (name, state) VALUES ('again', 'failed');
SELECT 'an id is not used again', last_insert_rowid(), changes();
SELECT id, job_id, typeof(job_id), event, level, message FROM log ORDER BY id;
SELECT 'times', count(*) FROM log
  WHERE created_at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]Z';
