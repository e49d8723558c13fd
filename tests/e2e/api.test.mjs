// api.test.mjs: every command of docs/api.md runs as it stands there, but for the port.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from './lib/database.mjs';
import { root } from './lib/paths.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';

/** What a reader copies into a shell, in the document's order. */
const commands = [...readFileSync(join(root, 'docs/api.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)]
  .map(([, text]) => text).join('');

describe('docs/api.md', () => {
  let server;
  const dir = freshDirectory();
  const program = (name, text) => {
    writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, name), 0o755);
  };
  before(async () => {
    server = await Server.start({ settings: `publish_token_file = ${join(dir, 'tokens')}\n` });
    sql(server.db, "INSERT INTO job(name) VALUES('deploy'); INSERT INTO log(job_id, message) VALUES(1, 'error');");
  });
  after(() => rmSync(dir, { recursive: true }));

  it('has commands that work', () => {
    program('deploy.sh', 'echo out; echo err >&2');
    program('curl', 'exec /usr/bin/curl -sS --fail-with-body "$@"');
    const script = commands.replaceAll('http://127.0.0.1:8080/tailrow/api', server.api);
    assert.notEqual(script, commands);
    execFileSync('sh', ['-e', '-c', script], { cwd: dir, env: { PATH: `${dir}:${process.env.PATH}` }, stdio: 'pipe' });
    assert.equal(sql(server.db, 'SELECT state, progress, step, url FROM job WHERE id=1;'),
      'succeeded|45|Syncing|https://example.com/');
    assert.equal(sql(server.db, "SELECT message FROM log WHERE job_id=1 AND event='log' ORDER BY id;"),
      'error\ncloned\nout\nerr\nslow');
    assert.equal(sql(server.db, 'SELECT name FROM job WHERE id > 1;'), 'deploy\nnightly');
    assert.match(readFileSync(join(dir, 'job-1.txt'), 'utf8'), /^\S+Z error\n$/);
  });

  closing(() => server);
});
