// foreign.test.mjs: another program's database, while that program works: what a client is
// shown was true at some commit, and in the end is what the tables hold.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { tableOf } from './lib/table.mjs';
import { until } from './lib/wait.mjs';

const dir = mkdtempSync(join(tmpdir(), 'tailrow-music-'));
chmodSync(dir, 0o777);
after(() => rmSync(dir, { recursive: true }));

const script = fileURLToPath(new URL('lib/music.py', import.meta.url));

/** The music shop's database, in a directory of its own. */
function makeShop(name, mode = 'wal') {
  mkdirSync(join(dir, name));
  const path = join(dir, name, 'music.db');
  execFileSync('python3', [script, 'make', path, mode]);
  return path;
}

/** Sections for two tables that change and one that is added to. */
const sections = (path) => `
[stream tracks]
database = ${path}
mode = table
sql = SELECT t.track_id AS id, t.name, a.title AS album, r.name AS artist, t.unit_cents AS cents, t.plays
      FROM tracks t JOIN albums a USING (album_id) JOIN artists r USING (artist_id)

[stream invoices]
database = ${path}
mode = table
sql = SELECT i.invoice_id AS id, c.last_name AS customer, i.total_cents AS total,
        (SELECT sum(cents) FROM invoice_items t WHERE t.invoice_id = i.invoice_id) AS items
      FROM invoices i JOIN customers c USING (customer_id)

[stream items]
database = ${path}
sql = SELECT item_id AS id, 'item' AS event, json_object('id', item_id, 'invoice', invoice_id,
        'track', track_id, 'cents', cents) AS data
      FROM invoice_items WHERE item_id > :after ORDER BY item_id LIMIT :limit
`;
const ALL = '/events?stream=tracks,invoices,items&since=all';

/** What the tables hold, as their sections select it. */
const truth = (path) => Object.fromEntries([...sections(path).matchAll(/stream (\w+)[^]*?sql = ([^]*?)\n\n?(?=\[|$)/g)]
  .map(([, name, text]) => [name, JSON.parse(execFileSync('sqlite3', ['-json', path,
    text.replace(':after', '0').replace(':limit', '-1')], { encoding: 'utf8', maxBuffer: 64 << 20 }))]));

const texts = (rows) => rows.map((row) => JSON.stringify(row));
const itemsOf = (frames) => frames.filter((f) => f.event === 'items:item').map((f) => f.data);

/** Lets the shop change so many rows. Returns what it says of each, by section. */
async function trade(path, changes) {
  const child = spawn('python3', [script, 'trade', path, String(changes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const journal = { tracks: new Set(), invoices: new Set(), items: new Set() };
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  for (const line of said.trimEnd().split('\n')) {
    const space = line.indexOf(' ');
    journal[line.slice(0, space)].add(JSON.stringify(JSON.parse(line.slice(space))));
  }
  return journal;
}

/** A client that leaves in the middle and comes back with its cursor, until it is told to end. */
class Restless {
  frames = [];
  connections = 0;

  async run(url) {
    while (!this.over) {
      const lastEventId = this.frames.findLast((f) => f.id !== undefined)?.id;
      const stream = await Stream.open(url, { lastEventId, onFrame: (frame) => this.frames.push(frame) });
      this.connections++;
      await until('some frames', () => this.over || stream.frames.length > 150, 120_000);
      stream.onFrame = undefined;
      stream.leave();
    }
  }
}

for (const [mode, changes] of [['wal', 10_000], ['delete', 2_000]]) {
  describe(`a database in use (journal_mode ${mode})`, () => {
    let server;

    it(`shows what was true, and in the end the tables, over ${changes} changes`, async () => {
      const path = makeShop(mode, mode);
      const begun = truth(path);
      server = await Server.start({ settings: sections(path) });
      const steady = await Stream.open(server.api + ALL);
      const restless = new Restless();
      const ran = restless.run(server.api + ALL);
      await steady.frame('the tables', (f) => f.event === 'invoices:snapshot');
      const journal = await trade(path, changes);
      const end = truth(path);

      for (const client of [steady, restless]) {
        for (const table of ['tracks', 'invoices']) {
          await until(`${table} as they are`, () => JSON.stringify(tableOf(client.frames, table)) ===
            JSON.stringify(end[table].sort((a, b) => a.id - b.id)), 30_000);
          const wasTrue = new Set([...texts(begun[table]), ...journal[table]]);
          const shown = client.frames.filter((f) => f.event === `${table}:row`).map((f) => f.json)
            .concat(client.frames.filter((f) => f.event === `${table}:snapshot`).flatMap((f) => f.json.rows));
          assert.deepEqual(texts(shown).filter((row) => !wasTrue.has(row)), [], `${table} that never were`);
        }
        await until('every item', () => itemsOf(client.frames).length >= end.items.length, 30_000);
        assert.deepEqual(itemsOf(client.frames), end.items.map(({ data }) => data));
        for (const { json } of client.frames.filter((f) => f.event === 'invoices:row'))
          assert.equal(json.total, json.items, 'an invoice in the middle of a transaction');
      }
      restless.over = true;
      await ran;
      assert.ok(restless.connections > 3, `only ${restless.connections} connections`);
      steady.leave();
    });

    closing(() => server);
  });
}

describe('a database that comes, goes and is replaced', () => {
  let server, path;

  it('sends what differs, or all, where another file takes the name', async () => {
    path = makeShop('replaced');
    server = await Server.start({ settings: sections(path) });
    const stream = await Stream.open(server.api + ALL);
    await stream.frame('the items', (f) => f.event === 'items:item');
    const other = makeShop('other');
    await trade(other, 500);
    const end = truth(other);
    sql(other, 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = delete;');
    renameSync(other, path);
    for (const table of ['tracks', 'invoices'])
      await until(`the new ${table}`, () => JSON.stringify(tableOf(stream.frames, table)) ===
        JSON.stringify(end[table]), 20_000);
    const reset = await stream.frame('reset', (f) => f.event === 'items:reset', 20_000);
    assert.match(reset.json.reason, /replaced/);
    const after = () => itemsOf(stream.frames.slice(stream.frames.indexOf(reset)));
    await until('the newest of the new items', () => after().at(-1) === end.items.at(-1).data, 20_000);
    assert.deepEqual(after(), end.items.slice(-after().length).map(({ data }) => data));
    stream.leave();
  });

  it('takes another section with SIGHUP while a stream is open', async () => {
    const stream = await Stream.open(`${server.api}/events/tracks`);
    await stream.event('snapshot');
    assert.equal((await ask(`${server.api}/events/albums?hold=0`)).status, 404);
    writeFileSync(join(server.dir, 'tailrow.conf'), `${sections(path)}
[stream albums]
database = ${path}
mode = table
sql = SELECT album_id AS id, title FROM albums
`);
    process.kill(Math.min(...server.responders()), 'SIGHUP');
    const albums = await until('the new section', async () => {
      const got = await ask(`${server.api}/events/albums?hold=0`);
      return got.status === 200 && got.text;
    }, 20_000);
    assert.match(albums, /event: snapshot\n.*\ndata: .*"Album 30"/);
    await stream.end(10_000);
    const again = await Stream.open(`${server.api}/events/tracks`, { lastEventId: stream.lastEventId });
    sql(path, "UPDATE tracks SET plays = 99 WHERE track_id = (SELECT max(track_id) FROM tracks);");
    await until('the change', () => tableOf([...stream.frames, ...again.frames]).at(-1).plays === 99);
    again.leave();
  });

  closing(() => server);
});

describe('a database that is made later', () => {
  let server;

  it('is served once it is there, and its absence is told once', async () => {
    const path = join(dir, 'later', 'music.db');
    const beside = makeShop('beside');
    server = await Server.start({ settings: sections(path) + sections(beside).replace(/stream (\w+)/g, 'stream the$1') });
    server.expectLog(/\[stream \w+\] database: there is no file/);
    const got = await ask(`${server.api}/events/tracks?hold=0`);
    assert.equal(got.status, 503);
    assert.match(got.json.detail, /^\[stream tracks\] database: there is no file /);
    // Time in which the watchers look again, and the other streams are served.
    await (await Stream.open(`${server.api}/events/thetracks?hold=3`)).end(10_000);
    assert.equal(server.log().match(/\[stream invoices\] database: there is no file/g).length, 1);
    makeShop('later');
    const stream = await Stream.open(`${server.api}/events/items`, { lastEventId: 'x' });
    await stream.event('item', 10_000);
    await until('the table', async () => (await ask(`${server.api}/events/tracks?hold=0`)).status === 200, 10_000);
    stream.leave();
  });

  closing(() => server);
});

/** Shows the directory of `path` at `at` too, read-only; whether this user may. */
function mountReadOnly(path, at) {
  mkdirSync(at);
  try {
    execFileSync('mount', ['--bind', join(path, '..'), at], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'remount,bind,ro', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a database on a read-only file system', () => {
  for (const mode of ['wal', 'delete'])
    it(`is served, and its changes are noticed (journal_mode ${mode})`, async (t) => {
      const path = makeShop(`written-${mode}`, mode);
      const at = join(dir, `read-${mode}`);
      if (!mountReadOnly(path, at)) return t.skip('this user may not mount');
      // A program that works with the database, and keeps its -wal and -shm there.
      const shop = spawn('sqlite3', [path], { stdio: ['pipe', 'ignore', 'inherit'] });
      try {
        shop.stdin.write('SELECT count(*) FROM tracks;\n');
        if (mode === 'wal') await until('the -shm', () => existsSync(`${path}-shm`));
        const server = await Server.start({ settings: sections(join(at, 'music.db')) });
        try {
          const stream = await Stream.open(server.api + ALL);
          await stream.frame('the tables', (f) => f.event === 'tracks:snapshot');
          await trade(path, 300);
          const end = truth(path);
          await until('the tracks', () => JSON.stringify(tableOf(stream.frames, 'tracks')) ===
            JSON.stringify(end.tracks), 20_000);
          await until('the items', () => itemsOf(stream.frames).length === end.items.length, 20_000);
          stream.leave();
        } finally {
          await server.stop();
        }
      } finally {
        shop.kill();
        execFileSync('umount', ['--lazy', at]);
      }
    });
});
