-- meta.pruned_to: the highest id deleted whose loss could be seen.
.nullvalue NULL
CREATE VIEW p AS SELECT value, typeof(value) FROM meta WHERE key = 'pruned_to';
INSERT INTO job (name) VALUES ('a');                  -- 1 status-update
INSERT INTO log (job_id, message) VALUES (1, 'two');
UPDATE job SET progress = 1;                          -- 3
UPDATE job SET progress = 2;                          -- 4
INSERT INTO job (name) VALUES ('b');                  -- 5, of the other job
INSERT INTO log (message) VALUES ('six');
DELETE FROM log WHERE id = 1; SELECT 'superseded marker', * FROM p;
DELETE FROM log WHERE id = 3; SELECT 'superseded marker', * FROM p;
DELETE FROM log WHERE id = 2; SELECT 'line', * FROM p;
DELETE FROM log WHERE id = 4; SELECT 'last marker of its job', * FROM p;
DELETE FROM log WHERE id = 99; SELECT 'no such row', * FROM p;
DELETE FROM log WHERE id = 6; SELECT 'line of no job', * FROM p;
DELETE FROM log WHERE id = 5; SELECT 'a lower one', * FROM p;

-- 7, 8, 9 and then 10: compared as numbers, not as texts.
INSERT INTO log (message) SELECT 'x' FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3);
DELETE FROM log WHERE id <= 9; SELECT 'nine', * FROM p;
INSERT INTO log (message) VALUES ('ten');
DELETE FROM log WHERE id = 10; SELECT 'ten', * FROM p;

UPDATE job SET progress = 3 WHERE id = 1;                  -- 11
UPDATE job SET state = 'succeeded' WHERE id = 1;           -- 12 completion
UPDATE job SET url = 'u' WHERE id = 1;                     -- 13 completion
UPDATE job SET progress = 1 WHERE id = 2;                  -- 14
DELETE FROM job WHERE id = 2;                              -- 15 removed
DELETE FROM log WHERE id = 11; SELECT 'superseded by completion', * FROM p;
DELETE FROM log WHERE id = 14; SELECT 'superseded by removed', * FROM p;
DELETE FROM log WHERE id = 12; SELECT 'a completion counts', * FROM p;
DELETE FROM log; SELECT 'all, without WHERE', * FROM p;
SELECT 'left', count(*) FROM log;

-- A later line of the same job is no marker, and a marker of no job is superseded by none.
INSERT INTO job (name) VALUES ('c');                       -- 16
INSERT INTO log (job_id, message) VALUES (3, 'line');      -- 17
DELETE FROM log WHERE id = 16; SELECT 'followed by a line only', * FROM p;
INSERT INTO log (event) VALUES ('status-update');          -- 18
INSERT INTO log (event) VALUES ('status-update');          -- 19
DELETE FROM log WHERE id = 18; SELECT 'no job', * FROM p;
-- A rolled-back deletion is none.
BEGIN; DELETE FROM log WHERE id = 19; ROLLBACK; SELECT 'rolled back', * FROM p;
