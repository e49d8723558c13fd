// portable.test.mjs: what `make portable` packs, in its quick form: built on this machine.
//
// - `make test-portable` tries the tarball that is given to people on bare systems.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCgi } from './lib/cgi.mjs';
import { init, sql } from './lib/database.mjs';
import { root } from './lib/paths.mjs';
import { freshDirectory } from './lib/server.mjs';

const run = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8' });

/** What every Linux with glibc has. */
const GLIBC = /^(libc|libm|libdl|libpthread|libutil)\.so\.\d+$|^ld-linux/;

describe('the portable tarball', () => {
  let dir, packed;
  before(() => {
    const said = run('make', '-s', 'portable', 'SUITE=here');
    dir = freshDirectory();
    run('tar', '-C', dir, '-xf', said.match(/^(\S+\.tar\.gz), for /m)[1]);
    packed = join(dir, readdirSync(dir)[0]);
  });
  after(() => rmSync(dir, { recursive: true }));

  it('holds what is uploaded, and nothing else', () => {
    assert.deepEqual(readdirSync(packed).sort(),
      ['LICENSE', 'LICENSE.libcjson1', 'LICENSE.libfcgi-dev', 'LICENSE.nettle-dev', 'README.txt', 'private', 'site']);
    assert.deepEqual(readdirSync(join(packed, 'private')).sort(), ['libcjson.so.1', 'tailrow']);
    assert.deepEqual(readdirSync(join(packed, 'site')).sort(),
      [...readdirSync(join(root, 'www')), '.htaccess', 'libcjson.so.1', 'tailrow.cgi'].sort());
    assert.equal(readFileSync(join(packed, 'site/.htaccess'), 'utf8'),
      readFileSync(join(root, 'apache-conf/htaccess'), 'utf8'));
    assert.match(readFileSync(join(packed, 'README.txt'), 'utf8'), /with glibc 2\.\d+ or later/);
  });

  for (const program of ['site/tailrow.cgi', 'private/tailrow']) {
    it(`has a ${program} that needs glibc, and libcjson beside it`, () => {
      const path = join(packed, program);
      assert.equal(statSync(path).mode & 0o777, 0o755);
      const dynamic = run('objdump', '-p', path);
      const needed = [...dynamic.matchAll(/NEEDED +(\S+)/g)].map(([, name]) => name);
      assert.deepEqual(needed.filter((name) => !GLIBC.test(name)), ['libcjson.so.1']);
      assert.equal(dynamic.match(/RUNPATH +(\S+)/)[1], '$ORIGIN');
      const found = run('ldd', path).match(/libcjson\.so\.1 => (\S+)/)[1];
      assert.equal(found, join(path, '../libcjson.so.1'));
    });
  }

  it('runs with nothing but the request in its environment', async () => {
    const db = join(dir, 'jobs.db');
    init(db);
    const tailrow = join(packed, 'private/tailrow');
    assert.equal(execFileSync(tailrow, ['--db', db, 'start', 'hello'], { env: {}, encoding: 'utf8' }), '1\n');
    sql(db, "INSERT INTO log(job_id, message) VALUES(1, 'a line');");
    const got = await runCgi({ TAILROW_DB: db, QUERY_STRING: 'since=all&hold=0' },
      [join(packed, 'site/tailrow.cgi')]);
    assert.deepEqual(got.names, ['hello', 'status-update', 'log', 'ping']);
  });
});
