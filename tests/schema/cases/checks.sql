-- What the tables refuse. Each accepted row prints; each refusal prints.
.nullvalue NULL
CREATE VIEW e AS SELECT 'accepted', event, level, message FROM log WHERE id = (SELECT max(id) FROM log);
SELECT 'names that are allowed';
INSERT INTO log (event) VALUES ('a'); SELECT * FROM e;
INSERT INTO log (event) VALUES ('Az09._:-'); SELECT * FROM e;
INSERT INTO log (event) VALUES ('-'); SELECT * FROM e;
INSERT INTO log (event) VALUES ('Open'); SELECT * FROM e;
INSERT INTO log (event) VALUES ('a123456789b123456789c123456789d123456789e123456789f123456789g123'); SELECT * FROM e;
SELECT 'and that are not';
INSERT INTO log (event) VALUES ('a123456789b123456789c123456789d123456789e123456789f123456789g1234');
INSERT INTO log (event) VALUES ('');
INSERT INTO log (event) VALUES (NULL);
INSERT INTO log (event) VALUES ('two words');
INSERT INTO log (event) VALUES ('caf' || CAST(X'C3A9' AS TEXT));
INSERT INTO log (event) VALUES ('a/b');
INSERT INTO log (event) VALUES ('a]b');
INSERT INTO log (event) VALUES ('a' || X'0A' || 'b');
INSERT INTO log (event) VALUES ('a' || X'0D');
INSERT INTO log (event) VALUES (CAST(X'68656C6C6F00' AS TEXT)); -- hello and a NUL
INSERT INTO log (event) VALUES (CAST(X'6100C30A' AS TEXT));
INSERT INTO log (event) VALUES (X'68656C6C6F'); -- hello as a BLOB
INSERT INTO log (event) VALUES (X'6100');
INSERT INTO log (event) VALUES ('hello');
INSERT INTO log (event) VALUES ('snapshot');
INSERT INTO log (event) VALUES ('gap');
INSERT INTO log (event) VALUES ('reset');
INSERT INTO log (event) VALUES ('ping');
INSERT INTO log (event) VALUES ('busy');
INSERT INTO log (event) VALUES ('row');
INSERT INTO log (event) VALUES ('gone');
INSERT INTO log (event) VALUES ('open');
INSERT INTO log (event) VALUES ('error');
UPDATE log SET event = 'reset' WHERE id = 1;
SELECT 'levels';
INSERT INTO log (level) VALUES ('debug'); SELECT * FROM e;
INSERT INTO log (level) VALUES ('error'); SELECT * FROM e;
INSERT INTO log (level) VALUES ('warning');
INSERT INTO log (level) VALUES ('WARN');
INSERT INTO log (level) VALUES (NULL);
SELECT 'messages';
INSERT INTO log (message) VALUES ('it''s' || X'0A' || 'two lines'); SELECT * FROM e;
INSERT INTO log (message) VALUES (NULL);
INSERT INTO log (message) VALUES (5); SELECT 'a number is text', typeof(message) FROM log WHERE message = '5';
SELECT 'count', count(*) FROM log;
DELETE FROM log;

SELECT 'jobs';
INSERT INTO job (name, state) VALUES ('x', 'done');
INSERT INTO job (name, state) VALUES ('x', NULL);
INSERT INTO job (name) VALUES (NULL);
INSERT INTO job (name) VALUES ('p');
CREATE VIEW j AS SELECT 'accepted', progress, typeof(progress) FROM job;
UPDATE job SET progress = 0; SELECT * FROM j;
UPDATE job SET progress = 100; SELECT * FROM j;
UPDATE job SET progress = 33.3; SELECT * FROM j;
UPDATE job SET progress = '45'; SELECT * FROM j;
UPDATE job SET progress = NULL; SELECT * FROM j;
UPDATE job SET progress = -0.1;
UPDATE job SET progress = 100.1;
UPDATE job SET progress = 9e999;
UPDATE job SET progress = '101';
UPDATE job SET progress = 'half';
UPDATE job SET progress = '';
UPDATE job SET progress = X'31';
UPDATE job SET state = 'finished';
SELECT * FROM j;
-- A refusal leaves no marker behind.
SELECT 'markers', count(*) FROM log;
