// publishers.test.mjs: the README's example and those in examples/publishers that are programs,
// each with its real interpreter.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { sql } from './lib/database.mjs';
import { build, root } from './lib/paths.mjs';
import { closing, Server } from './lib/server.mjs';
import { Stream } from './lib/sse.mjs';

const run = promisify(execFile);
const examples = join(root, 'examples/publishers');

describe('examples:', () => {
  let server;
  before(async () => { server = await Server.start(); });

  for (const { interpreter, file, name, step, lines, end } of [
    {
      interpreter: 'sh', file: 'publish.sh', name: 'backup', step: 'Copying',
      lines: [25, 50, 75].map((n) => `copied ${n} of 100 files`),
      end: { state: 'succeeded', progress: 100 },
    },
    {
      interpreter: 'php', file: 'publish.php', name: 'import', step: 'Reading',
      lines: [...[25, 50, 75].map((n) => `read ${n} of 100 rows`), 'row 76 has no price'],
      end: { state: 'failed', progress: 75, error: 'row 76 has no price' },
    },
    {
      interpreter: 'python3', file: 'publish.py', name: 'report', step: 'Counting',
      lines: [25, 50, 75].map((n) => `${n} of 100 pages`),
      end: { state: 'succeeded', progress: 75, url: '/reports/7.html' },
    },
    {
      interpreter: 'perl', file: 'publish.pl', name: 'invoices', step: 'Printing',
      lines: [25, 50, 75].map((n) => `${n} of 100 pages`),
      end: { state: 'succeeded', progress: 75 },
    },
    {
      interpreter: process.execPath, file: 'publish.mjs', name: 'pictures', step: 'Scaling',
      lines: [25, 50, 75].map((n) => `${n} of Ann's 100 pictures`),
      end: { state: 'succeeded', progress: 75 },
    }]) {
    it(`${file} publishes a job, its lines and its end`, async () => {
      const stream = await Stream.open(`${server.api}/events?since=now`);
      await stream.event('hello');
      const said = await run(interpreter, [join(examples, file), server.db]);
      assert.deepEqual(said, { stdout: '', stderr: '' });
      const completion = await stream.event('completion');
      for (const [key, value] of Object.entries({ name, step, ...end }))
        assert.equal(completion.json[key], value, key);
      assert.deepEqual(stream.named('log').map((f) => f.json.message), lines);
      assert.ok(stream.named('log').every((f) => f.json.jobId === completion.json.jobId));
      stream.leave();
    });
  }

  it('the README’s first lines publish a job that fails', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const [lines] = /^tailrow --db (\S+) init[^`]*/m.exec(readme);
    const db = join(server.dir, 'readme.db');
    const script = lines.replaceAll('/srv/jobs/jobs.db', db);
    await run('sh', ['-ec', script], { env: { PATH: `${build}:${process.env.PATH}` } });
    const job = sql(db, 'SELECT name, state, progress, step, error FROM job;');
    assert.equal(job, 'deploy|failed|45|Syncing|disk full');
    assert.equal(sql(db, "SELECT job_id, message FROM log WHERE event='log';"), '1|cloned');
  });

  it('the README’s next lines publish one that succeeds, and all that reads it reads', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const [lines] = /^export TAILROW_DB=[^`]*/m.exec(readme);
    const db = join(server.dir, 'second.db');
    const env = { PATH: `${build}:${process.env.PATH}`, TAILROW_DB: db };
    writeFileSync(join(server.dir, 'deploy.sh'), 'echo one; echo two >&2\n', { mode: 0o755 });
    const sh = (script) => run('sh', ['-ec', script.replaceAll('/srv/jobs/jobs.db', db)], { env, cwd: server.dir });
    await sh(`tailrow init; ${lines}`);
    assert.equal(sql(db, 'SELECT name, state, progress, step FROM job;'), 'deploy|succeeded|45|Syncing database');
    assert.equal(sql(db, "SELECT job_id, message FROM log WHERE event='log';"), '1|one\n1|two');
    for (const command of ['list', 'show 1', 'tail -f --job 1', 'prune --days 30']) {
      assert.ok(readme.includes(command), command);
      assert.notEqual((await sh(`tailrow ${command}`)).stdout, '', command);
    }
  });

  it('each has at most 15 lines, its name and its licence', () => {
    for (const file of readdirSync(examples)) {
      const lines = readFileSync(join(examples, file), 'utf8').trimEnd().split('\n');
      assert.ok(lines.length <= 15, `${file}: ${lines.length}`);
      assert.ok(lines.slice(0, 2).join('\n').includes(file), file);
      assert.ok(lines.some((line) => line.includes('SPDX-License-Identifier: MIT')), file);
    }
  });

  closing(() => server);
});
