// findings.mjs: what the tests found out about each web server, and what the README says.
//
// - A test file keeps its findings in a file of its own in build/servers; `make servers-table`
//   writes the README's table from all of them.
// - A figure has a unit and may differ from run to run; what is left of a cell may not.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { build, root } from './paths.mjs';
import { SERVERS } from './servers.mjs';

const DIRECTORY = join(build, 'servers');
const README = join(root, 'README.md');
const BLOCK = /(?<=<!-- servers[^>]*-->\n).*?(?=<!-- \/servers -->)/s;

/** The rows of the table, from top to bottom. */
const ROWS = {
  frame: 'A frame, from the commit to the client: half of 40; all',
  resumes: 'Resumes after the last row seen',
  cursor: 'Moves the cursor of a filtered stream',
  left: 'Lets a client go that left',
  cable: 'Lets a client go whose cable was pulled, while rows come',
  quiet: 'The same in all quiet: at the stream’s end, after so many seconds at most',
  reload: 'A reload of the server loses no row; the stream',
  hostile: 'Refuses a body or address too long, or no request at all',
  login: 'Tells the responder who logged in (`REMOTE_USER`)',
  http2: 'HTTP/2; streams on one connection',
};

const NOT_RUN = 'not run';
const verdict = (cell) => cell.replace(/\d+(\.\d+)?( ms| s)/g, '#$2');

/** What one test file found out. */
export class Findings {
  #file;
  #found = {};

  /** @param {string} name of the test file */
  constructor(name) {
    mkdirSync(DIRECTORY, { recursive: true });
    this.#file = join(DIRECTORY, `${name}.json`);
    this.#write();
  }

  #write() {
    writeFileSync(this.#file, JSON.stringify(this.#found, null, 2));
  }

  /** Keeps what a cell has to say. To be called where nothing can fail any more. */
  add(server, row, cell) {
    assert.ok(row in ROWS, row);
    this.#found[row] = { ...this.#found[row], [server]: cell };
    this.#write();
  }

  /** The last test of the file: the README's table says what was found. */
  check() {
    it('is what the README says', { skip: process.env.SERVERS_TABLE === 'write' }, () => {
      const written = parse(readFileSync(README, 'utf8').match(BLOCK)[0]);
      for (const [row, cells] of Object.entries(this.#found)) {
        for (const [server, cell] of Object.entries(cells)) {
          const says = written[ROWS[row]]?.[server] ?? 'nothing';
          assert.equal(verdict(says), verdict(cell), `${server}: ${ROWS[row]}: make servers-table`);
        }
      }
    });
  }
}

const cellsOf = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());
const line = (cells) => `| ${cells.join(' | ')} |`;

/** The table as {row: {server: cell}}. */
function parse(block) {
  const [header, , ...rows] = block.trim().split('\n').map(cellsOf);
  return Object.fromEntries(rows.map(([label, ...cells]) =>
    [label, Object.fromEntries(cells.map((cell, i) => [header[i + 1], cell]))]));
}

/** Writes the README's table from what was found last. */
export function writeTable() {
  const found = Object.assign({}, ...readdirSync(DIRECTORY)
    .map((name) => JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8'))));
  const table = [
    line(['', ...SERVERS.map(({ name }) => name)]),
    line(['---', ...SERVERS.map(() => '---')]),
    ...Object.entries(ROWS).map(([row, label]) =>
      line([label, ...SERVERS.map(({ name }) => found[row]?.[name] ?? NOT_RUN)])),
  ];
  const readme = readFileSync(README, 'utf8');
  assert.match(readme, BLOCK);
  writeFileSync(README, readme.replace(BLOCK, () => `${table.join('\n')}\n`));
}
