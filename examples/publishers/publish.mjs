#!/usr/bin/env node
// publish.mjs DATABASE: a job with progress, lines and an end, from Node and the sqlite3 shell:
// Node has no SQLite of its own before version 22.
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';

const sql = (statements) => execFileSync('sqlite3',
  ['-bail', '-cmd', '.timeout 30000', process.argv[2]], { input: statements, encoding: 'utf8' });
const text = (value) => `'${value.replaceAll("'", "''")}'`;
const job = Number(sql("INSERT INTO job(name, state) VALUES('pictures', 'running'); SELECT last_insert_rowid();"));
for (const percent of [25, 50, 75])
  sql(`UPDATE job SET progress=${percent}, step='Scaling' WHERE id=${job};
       INSERT INTO log(job_id, message) VALUES(${job}, ${text(`${percent} of Ann's 100 pictures`)});`);
sql(`UPDATE job SET state='succeeded' WHERE id=${job};`);
