// publishers.mjs: programs that write until they are killed, and what they were told is
// committed.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { tailrow } from '../e2e/lib/paths.mjs';
import { within } from '../e2e/lib/wait.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Transactions of all kinds, on jobs that are there (writer.py). */
export class Writer {
  /** The highest id of each transaction. */
  committed = [];

  constructor(db, seed, maxGapMs) {
    Object.assign(this, { db, seed, maxGapMs });
    this.start();
  }

  #spawn(maxGapMs, ...count) {
    const child = spawn('python3', [here('writer.py'), this.db, String(this.seed++), String(maxGapMs), ...count],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [what, id] = line.split(' ');
      if (what === 'in') child.emit('in');
      else if (Number(id)) this.committed.push(Number(id));
    });
    return child;
  }

  start() {
    this.child = this.#spawn(this.maxGapMs);
  }

  /** Waits until a transaction is open. */
  inside() {
    return within('a transaction', once(this.child, 'in'), 30_000);
  }

  /** Another one, with nothing between its transactions. */
  async burst() {
    const child = this.#spawn(0, '100');
    await within('its first transaction', once(child, 'in'), 30_000);
    return once(child, 'close');
  }

  async kill() {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }

  /** Fails where a row that it was told is committed is not there. */
  expectIn(ledger) {
    assert.deepEqual(this.committed.filter((id) => !ledger.has(id)), [], 'rows that were committed are not there');
  }
}

const KINDS = [['php', 'publish.php'], ['perl', 'publish.pl'], ['sh', 'publish.sh'], ['sh', 'publish_tailrow.sh']];

/** A job of its own, with numbered lines, in one of four languages: ../e2e/many. */
export class Publisher {
  /** How many lines it was told are committed. */
  lines = 0;

  constructor(db, number, seconds) {
    this.name = `p${number}`;
    const [interpreter, file] = KINDS[number % KINDS.length];
    this.child = spawn(interpreter, [here(`../e2e/many/${file}`), db, String(seconds), this.name],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TAILROW: tailrow } });
    createInterface({ input: this.child.stdout }).on('line', (line) => { this.lines = Number(line); });
    let said = '';
    this.child.stderr.on('data', (text) => { said += text; });
    /** Fails where an error reached it. */
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      assert.deepEqual({ code, said }, { code: signal ? null : 0, said: '' }, `${this.name}, ${file}`);
    });
  }

  /** kill -9, and what somebody does who finds its job running. */
  async kill(aside) {
    this.child.kill('SIGKILL');
    await this.ended;
    aside(`UPDATE job SET state='failed', error='killed' WHERE name='${this.name}' AND state='running';`);
  }

  expectIn(ledger) {
    assert.ok(ledger.linesOf(this.name) >= this.lines, `${this.name}: of ${this.lines} lines ${ledger.linesOf(this.name)} are there`);
  }
}
