// install.test.mjs: what `make install` puts where, and that it is true.
//
// - TAILROW_BUILD names the build, as in the end-to-end tests.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { responder, root, tailrow } from '../e2e/lib/paths.mjs';
import { attempt, run } from './lib.mjs';

const read = (file) => readFileSync(join(root, file), 'utf8');

/** The commands that the program itself lists. */
const commands = run(tailrow, ['help']).match(/(?<=^ {2})[a-z][a-z-]*(?= )/gm);

describe('make install', () => {
  let dir;
  const make = (target, prefix) => run('make', ['-s', target, `DESTDIR=${dir}`, `PREFIX=${prefix}`]);
  const files = () => readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));

  before(() => { dir = mkdtempSync(join(tmpdir(), 'tailrow-install-')); });
  after(() => rmSync(dir, { recursive: true }));

  it('is undone by make uninstall, which leaves what is not its own', () => {
    const others = [join(dir, 'usr/local/bin/other'), join(dir, 'usr/local/share/man/man1/other.1')];
    for (const other of others) {
      mkdirSync(join(other, '..'), { recursive: true });
      writeFileSync(other, '');
    }
    make('install', '/usr/local');
    assert.ok(files().includes(join(dir, 'usr/local/share/man/man8/tailrow.fcgi.8')));
    make('uninstall', '/usr/local');
    assert.deepEqual(files().sort(), others.sort());
  });

  it('names the paths of its prefix', () => {
    make('install', '/opt/tailrow');
    const texts = files().filter((path) => !/\/(tailrow|tailrow\.fcgi)$/.test(path))
      .map((path) => readFileSync(path, 'utf8'));
    assert.ok(texts.some((text) => text.includes('ExecStart=/opt/tailrow/lib/tailrow/tailrow.fcgi\n')));
    assert.deepEqual(texts.filter((text) => text.includes('/usr/local')), []);
  });
});

describe('the programs', () => {
  it('are hardened as the Makefile says', () => {
    run('tests/hardening', [tailrow, responder]);
  });
});

describe('the man pages', () => {
  const manual = read('man/tailrow.1');
  /** What stands under a command's name. */
  const section = (command) => new RegExp(`^\\.It Ic ${command}\\b[^]*?(?=^\\.It Ic |^\\.Sh )`, 'm').exec(manual)?.[0];

  for (const page of readdirSync(join(root, 'man')))
    it(`${page} is well-formed`, () => {
      assert.equal(run('mandoc', ['-T', 'lint', '-W', 'warning', `man/${page}`]), '');
      const { stderr } = attempt('groff', ['-mandoc', '-ww', '-z', '-T', 'utf8', `man/${page}`]);
      assert.equal(stderr, '');
    });

  for (const command of commands)
    it(`tailrow(1) has the command ${command} with its options`, () => {
      assert.ok(section(command), `man/tailrow.1 has no line ".It Ic ${command}"`);
      const [usage, ...help] = run(tailrow, ['help', command]).split('\n');
      const listed = help.filter((line) => line.startsWith('  -')).map((line) => line.split(' ')[2]);
      const options = new Set([...usage.split('[--db FILE]')[1].match(/(?<=[[ ])--?[a-z][a-z-]*/g) ?? [], ...listed]
        .map((option) => option.slice(1)));
      for (const option of options)
        assert.match(section(command), new RegExp(`\\bFl ${option}\\b`), `it does not say -${option}`);
    });

  it('tailrow.conf(5) has every setting, and the flags of tailrow.fcgi(8) are they', () => {
    const settings = [...read('src/base/conf.c').matchAll(/\[TR_KEY_\w+\] = \{"(\w+)"/g)].map(([, key]) => key);
    assert.ok(settings.includes('db'));
    for (const setting of settings) {
      assert.match(read('man/tailrow.conf.5'), new RegExp(`^\\.It Ic ${setting}$`, 'm'), setting);
      assert.match(read('man/tailrow.fcgi.8'), new RegExp(`Fl -${setting.replaceAll('_', '-')}\\b`), setting);
    }
  });
});

describe('completion in bash', () => {
  let db;
  /** What the last of the words may become. */
  const complete = (...words) => run('bash', ['-c', `
    . completions/tailrow
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    $(complete -p tailrow | sed 's/.*-F \\([^ ]*\\).*/\\1/') "$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', tailrow, ...words],
  { env: { PATH: process.env.PATH, TAILROW_CONFIG: '/dev/null' } }).split('\n').filter(Boolean).sort();

  before(() => {
    db = join(mkdtempSync(join(tmpdir(), 'tailrow-completion-')), 'jobs.db');
    run(tailrow, ['--db', db, 'init']);
    for (const name of ['one', 'two']) run(tailrow, ['--db', db, 'start', name]);
  });
  after(() => rmSync(join(db, '..'), { recursive: true }));

  it('offers every command', () => {
    assert.deepEqual(complete(''), [...commands, '--db', '--help', '--version'].sort());
    assert.deepEqual(complete('help', ''), [...commands].sort());
    assert.deepEqual(complete('--db', db, 'fin'), ['finish']);
  });

  it("offers a command's options, and the words that they take", () => {
    assert.deepEqual(complete('log', '-'), ['--event', '--job', '--level']);
    assert.deepEqual(complete('log', '--level', ''), ['debug', 'error', 'info', 'warn']);
    assert.deepEqual(complete('log', '--event', ''), []);
  });

  it('offers the jobs that there are', () => {
    assert.deepEqual(complete('--db', db, 'finish', ''), ['1', '2']);
    assert.deepEqual(complete('--db', db, 'finish', '1', ''), []);
    assert.deepEqual(complete('--db', db, 'log', '--job', ''), ['1', '2']);
  });

  it('is quiet where there is no database', () => {
    assert.deepEqual(complete('finish', ''), []);
  });
});
