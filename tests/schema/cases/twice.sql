-- schema.sql run once more by hand changes nothing.
INSERT INTO job (name) VALUES ('a');
CREATE TEMP TABLE before AS SELECT * FROM meta;
.read src/store/schema.sql
SELECT 'same', count(*) FROM meta JOIN before USING (key, value);
SELECT 'jobs', count(*) FROM job;
SELECT 'in no transaction';
BEGIN; COMMIT;
