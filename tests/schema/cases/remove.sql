-- A deleted job says so, and its log stays.
INSERT INTO job (name) VALUES ('a');
INSERT INTO job (name, state) VALUES ('b', 'succeeded');
INSERT INTO log (job_id, message) VALUES (1, 'line');
DELETE FROM job WHERE id = 7;
DELETE FROM job;
SELECT id, job_id, event, level, message FROM log WHERE id < 4 ORDER BY id;
SELECT job_id, event, level, message FROM log WHERE id > 3 ORDER BY job_id;
SELECT 'jobs', count(*) FROM job;
