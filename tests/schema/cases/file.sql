-- What schema.sql leaves in the file.
.nullvalue NULL
PRAGMA auto_vacuum;
PRAGMA journal_mode;
SELECT key, value FROM meta WHERE key <> 'epoch' ORDER BY key;
SELECT length(value), value GLOB '*[^0-9a-f]*', typeof(value) FROM meta WHERE key = 'epoch';
SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name;
-- An epoch of digits only stays the text that it is.
UPDATE meta SET value = '0012345678901234' WHERE key = 'epoch';
SELECT value, typeof(value) FROM meta WHERE key = 'epoch';
-- The two indexes serve what they are for (an error if they cannot).
SELECT id FROM job INDEXED BY job_state WHERE state = 'running';
SELECT id FROM log INDEXED BY log_job WHERE job_id = 1 AND id > 5 ORDER BY id;
