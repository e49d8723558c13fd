// schema.test.mjs: schema.sql's promises, on Debian's SQLite and on SQLite 3.7.8 of 2011.
//
// - A case is cases/NAME.sql, run by an engine's shell on a fresh database; what it prints,
//   errors among it, must be cases/NAME.out.
// - SQLITE_OLD names the old engine's shell; `make test-schema` builds it and sets it.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cases = fileURLToPath(new URL('cases', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tailrow-schema-'));
const engines = { new: 'sqlite3', old: process.env.SQLITE_OLD ?? 'SQLITE_OLD is not set' };

test.after(() => rmSync(scratch, { recursive: true }));

// stdbuf: otherwise the errors of a whole file come before the rows of it.
function run(engine, db, script) {
  const command = 'stdbuf -oL "$0" "$1" < "$2" 2>&1 || :';
  return execFileSync('sh', ['-c', command, engines[engine], db, script], {
    cwd: root, encoding: 'utf8', timeout: 20000,
  });
}

// Engines word their own errors in different ways; those of our triggers must come through.
function normal(output) {
  return output
    .replace(/^ .*\n *\^--- error here\n/gm, '')
    .replace(/^.*error:? near line \d+: (.*?)( \(\d+\))?$/gim, 'refused: $1')
    .replace(/^refused: .*(constraint failed|not be NULL|unique).*$/gm, 'refused: constraint');
}

test('the engines are a recent one and one of 2011', () => {
  const version = (engine) => execFileSync(engines[engine], ['-version'], { encoding: 'utf8' });
  assert.match(version('new'), /^3\.(3[1-9]|[4-9]\d)\./);
  assert.match(version('old'), /^3\.7\.8 /);
});

// [who makes the file, who writes to it]
for (const [maker, writer] of [['new', 'new'], ['old', 'old'], ['new', 'old'], ['old', 'new']]) {
  for (const file of readdirSync(cases).filter((name) => name.endsWith('.sql'))) {
    const name = file.slice(0, -4);
    test(`${name}: made by the ${maker} engine, written by the ${writer}`, () => {
      const db = join(scratch, `${name}-${maker}-${writer}.db`);
      assert.equal(run(maker, db, 'src/store/schema.sql'), 'wal\n');
      assert.equal(normal(run(writer, db, join(cases, file))),
        readFileSync(join(cases, `${name}.out`), 'utf8'));
    });
  }
}
