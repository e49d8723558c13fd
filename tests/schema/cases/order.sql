-- log.id only rises.
.nullvalue NULL
INSERT INTO log (id, message) VALUES (0, 'zero into an empty log');
INSERT INTO log (id, message) VALUES (-1, 'minus one into an empty log');
INSERT INTO log (message) VALUES ('1');
INSERT INTO log (id, message) VALUES (10, 'above is allowed');
INSERT INTO log (id, message) VALUES (10, 'the same');
INSERT INTO log (id, message) VALUES (9, 'below');
INSERT INTO log (id, message) VALUES (-1, 'minus one');
REPLACE INTO log (id, message) VALUES (10, 'replaced');
REPLACE INTO log (id, message) VALUES (1, 'replaced');
INSERT OR IGNORE INTO log (id, message) VALUES (10, 'ignored');
INSERT INTO log (id, message) SELECT 5, 'selected';
DELETE FROM log WHERE id = 10;
INSERT INTO log (id, message) VALUES (10, 'given once, deleted, not given again');
INSERT INTO log (id, message) VALUES (NULL, 'chosen');
INSERT INTO log (message) SELECT 'many' FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3);
UPDATE log SET id = 3 WHERE id = 11;
UPDATE log SET id = 99 WHERE id = 11;
UPDATE OR REPLACE log SET id = 1 WHERE id = 11;
UPDATE log SET id = id, message = 'text may be mended' WHERE id = 11;
-- Within one transaction too.
BEGIN;
INSERT INTO log (id, message) VALUES (30, 'thirty');
INSERT INTO log (id, message) VALUES (20, 'twenty, after thirty');
COMMIT;
SELECT id, message FROM log ORDER BY id;
SELECT seq FROM sqlite_sequence WHERE name = 'log';
