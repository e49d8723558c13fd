// tables.test.mjs: streams of other programs' tables, in the pool and as CGI.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from './lib/database.mjs';
import { build } from './lib/paths.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { tableOf } from './lib/table.mjs';
import { until } from './lib/wait.mjs';

const dir = mkdtempSync(join(tmpdir(), 'tailrow-shop-'));
const shop = join(dir, 'shop.db');
const tailrow = join(build, 'tailrow');

const settings = `
[stream orders]
database = ${shop}
mode = table
sql = SELECT id, status, customer FROM orders ORDER BY id

[stream history]
database = ${shop}
mode = append
sql = SELECT n AS id, 'order' AS event, payload AS data
      FROM order_log
      WHERE n > :after AND (:kind IS NULL OR kind = :kind)
      ORDER BY n LIMIT :limit
allow = kind

[stream mine]
database = ${shop}
mode = table
sql = SELECT id, status, customer AS topic FROM orders
topic = :customer
allow = customer
`;

// Only the look for the newest row asks for one: as if the others had gone before they were read.
const fading = `
[stream fading]
database = ${shop}
sql = SELECT n AS id, payload AS data FROM order_log
      WHERE n > :after AND (:limit = 1 OR payload = 'stays') ORDER BY n LIMIT :limit
`;

const shopSql = (text) => sql(shop, `.timeout 5000\n${text}`);

before(() => {
  chmodSync(dir, 0o777);
  shopSql(`PRAGMA journal_mode = WAL;
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, status TEXT);
    CREATE TABLE order_log (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, payload TEXT);`);
  chmodSync(shop, 0o666);
});
after(() => rmSync(dir, { recursive: true }));

describe('tailrow check-config', () => {
  const check = (text) => {
    const file = join(dir, 'check.conf');
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync(tailrow, ['check-config', '--json'],
      { encoding: 'utf8', env: { TAILROW_CONFIG: file } });
    return { status, stderr, findings: stdout && JSON.parse(stdout).findings };
  };

  it('says what a read gives, and which index is missing', () => {
    const { status, findings } = check(`${settings}
[stream slow]
database = ${shop}
sql = SELECT customer + 0 AS id, status AS data FROM orders WHERE id > :after LIMIT :limit
[stream unindexed]
database = ${shop}
sql = SELECT customer AS id, status AS data FROM orders WHERE customer > :after LIMIT :limit
`);
    assert.equal(status, 0);
    assert.deepEqual(findings.map(({ level, name }) => `${level} ${name}`), [
      'fine settings', 'fine stream', 'fine stream', 'fine stream',
      'fine stream', 'note cursor-computed', 'fine stream', 'note full-scan']);
    assert.deepEqual(findings[1].lines, ['SCAN orders']);
    assert.deepEqual(findings.at(-1).lines, ['CREATE INDEX orders_customer ON orders (customer);']);
  });

  it('names what cannot be served', () => {
    const { status, findings } = check(`
[stream missing]
database = ${shop}.not
sql = SELECT 1
[stream writing]
database = ${shop}
mode = table
sql = DELETE FROM orders
`);
    assert.equal(status, 1);
    assert.match(findings[1].what, /^\[stream missing\] database: there is no file/);
    assert.match(findings[2].what, /a stream only reads/);
    assert.match(check('[stream a]\nsqll = x\n').stderr, /line 2: .*no 'sqll'/);
  });
});

for (const include of ['tailrow.conf', 'tailrow-cgi.conf']) {
  describe(`another program's tables (${include})`, () => {
    let server;
    before(async () => {
      shopSql('DELETE FROM orders; DELETE FROM order_log;');
      server = await Server.start({ include, settings: settings + fading });
    });
    const open = (path, options) => Stream.open(`${server.api}${path}`, options);
    const finite = async (path, options) => (await open(path, options)).end();

    it('tells what is there, what changes and what goes', async () => {
      shopSql("INSERT INTO orders VALUES (1, 'ann', 'new'), (2, 'bob', 'new');");
      const stream = await open('/events/orders');
      const snapshot = await stream.event('snapshot');
      assert.deepEqual(snapshot.json.rows,
        [{ id: 1, status: 'new', customer: 'ann' }, { id: 2, status: 'new', customer: 'bob' }]);
      shopSql("UPDATE orders SET status = 'sent' WHERE id = 2;");
      const row = await stream.event('row');
      assert.deepEqual(row.json, { id: 2, status: 'sent', customer: 'bob' });
      shopSql('DELETE FROM orders WHERE id = 1;');
      assert.deepEqual((await stream.event('gone')).json, { key: 1 });
      assert.deepEqual(stream.names, ['hello', 'snapshot', 'row', 'gone']);
      stream.leave();
    });

    it('says nothing where a commit changes nothing in view', async () => {
      const stream = await open('/events/orders');
      await stream.event('snapshot');
      shopSql("INSERT INTO order_log (payload) VALUES ('x'); UPDATE orders SET status = status;");
      shopSql("INSERT INTO orders VALUES (3, 'cleo', 'new');");
      assert.equal((await stream.event('row')).json.id, 3);
      assert.deepEqual(stream.names, ['hello', 'snapshot', 'row']);
      stream.leave();
    });

    it('gives each viewer the rows of its topic, also when a row changes hands', async () => {
      const [ann, dan] = await Promise.all(
        ['ann', 'dan'].map((customer) => open(`/events/mine?customer=${customer}`)));
      await Promise.all([ann.event('snapshot'), dan.event('snapshot')]);
      shopSql("INSERT INTO orders VALUES (9, 'ann', 'new');");
      assert.deepEqual((await ann.event('row')).json, { id: 9, status: 'new' });
      shopSql("UPDATE orders SET customer = 'dan' WHERE id = 9;");
      assert.deepEqual((await ann.event('gone')).json, { key: 9 });
      assert.deepEqual((await dan.event('row')).json, { id: 9, status: 'new' });
      assert.deepEqual(dan.names, ['hello', 'snapshot', 'row']);
      const nobody = await finite('/events/mine?hold=0');
      assert.deepEqual(nobody.named('snapshot')[0].json, { rows: [] });
      ann.leave();
      dan.leave();
    });

    it('carries on from a cursor, or gives a snapshot', async () => {
      const first = await finite('/events/orders?hold=0');
      shopSql("INSERT INTO orders VALUES (20, 'eve', 'new'), (21, 'eve', 'new');");
      const second = await open('/events/orders', { lastEventId: first.lastEventId });
      await until('both orders', () => tableOf([...first.frames, ...second.frames])
        .filter(({ customer }) => customer === 'eve').length === 2);
      assert.equal(tableOf([...first.frames, ...second.frames]).length,
        Number(shopSql('SELECT count(*) FROM orders;')));
      second.leave();
      const bad = await finite('/events/orders?hold=0', { lastEventId: 'nonsense' });
      assert.deepEqual(bad.names, ['hello', 'snapshot', 'ping']);
    });

    it('reads rows that are only added, from a cursor, with a filter', async () => {
      shopSql('DELETE FROM order_log;');
      for (const [kind, text] of [['a', 'one'], ['b', 'two\nlines'], ['a', 'three']]) {
        shopSql(`INSERT INTO order_log (kind, payload) VALUES ('${kind}', '${text}');`);
      }
      const first = await finite('/events/history?hold=0');
      assert.deepEqual(first.named('order').map((f) => f.data), ['one', 'two\nlines', 'three']);
      const b = await finite('/events/history?hold=0&kind=b');
      assert.deepEqual(b.named('order').map((f) => f.data), ['two\nlines']);
      const held = await open('/events/history?kind=b', { lastEventId: b.lastEventId });
      await held.event('hello');
      shopSql("INSERT INTO order_log (kind, payload) VALUES ('a', 'four'), ('b', 'five');");
      assert.equal((await held.event('order')).data, 'five');
      assert.equal(held.named('order').length, 1);
      held.leave();
    });

    it('ends although rows that it was to hand over have gone', async () => {
      shopSql("INSERT INTO order_log (payload) VALUES ('stays'), ('goes');");
      const stream = await finite('/events/fading?hold=0&since=all');
      assert.deepEqual(stream.named('message').map((f) => f.data), ['stays']);
      shopSql('DELETE FROM order_log;');
    });

    it('begins with the newest rows', async () => {
      shopSql(`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
        INSERT INTO order_log (kind, payload) SELECT 'c', i FROM c;`);
      const stream = await finite('/events/history?hold=0&tail=3');
      assert.deepEqual(stream.named('order').map((f) => f.data), ['998', '999', '1000']);
      const all = await finite('/events/history?hold=0&since=all&kind=c');
      assert.equal(all.named('order').length, 1000);
      assert.deepEqual((await finite('/events/history?hold=0&since=now')).named('order'), []);
    });

    it('carries several in one connection, under one cursor', async () => {
      const first = await open('/events?stream=jobs,orders,history&tail=1');
      await first.frame('the last stream', (f) => f.event === 'history:order');
      sql(server.db, "INSERT INTO log (message) VALUES ('line');");
      await first.frame('line', (f) => f.event === 'log' && f.json.message === 'line');
      shopSql("INSERT INTO orders VALUES (30, 'fay', 'new');");
      const row = await first.frame('row', (f) => f.event === 'orders:row');
      first.leave();
      assert.match(row.id, /^jobs:[0-9a-f]+-\d+,orders:[0-9a-f]+-\d+,history:[0-9a-f]+-\d+$/);

      sql(server.db, "INSERT INTO log (message) VALUES ('away');");
      shopSql("INSERT INTO order_log (kind, payload) VALUES ('z', 'away');");
      const second = await open('/events?stream=jobs,orders,history', { lastEventId: row.id });
      await second.frame('log', (f) => f.event === 'log');
      await second.frame('order', (f) => f.event === 'history:order');
      assert.deepEqual(second.named('log').map((f) => f.json.message), ['away']);
      assert.deepEqual(second.named('history:order').map((f) => f.data), ['away']);
      second.leave();
    });

    it('answers what is not there, or not allowed, with a reason', async () => {
      for (const [path, status, text] of [
        ['/events/nothing', 404, /no stream 'nothing'/],
        ['/events?stream=jobs,nothing', 404, /no stream 'nothing'/],
        ['/events?stream=', 400, /stream: expected names/],
        ['/events/orders/x', 404, /./],
      ]) {
        const got = await ask(server.api + path);
        assert.equal(got.status, status, path);
        assert.match(JSON.parse(got.text).detail, text);
      }
    });

    it('ends where it began: what a page holds is the table, after 2,000 changes', async () => {
      const stream = await open('/events/orders');
      await stream.event('snapshot');
      shopSql(Array.from({ length: 2000 }, (_, i) => {
        const id = 100 + (i * 7919) % 97;
        if (i % 5 === 4) return `DELETE FROM orders WHERE id = ${id};`;
        return `INSERT OR REPLACE INTO orders VALUES (${id}, 'u${i % 11}', 's${i}');`;
      }).join('\n') + "INSERT INTO orders VALUES (1000, 'end', 'end');");
      await stream.frame('the last', (f) => f.event === 'row' && f.json.id === 1000, 20_000);
      const want = JSON.parse(shopSql(
        "SELECT json_group_array(json_object('id', id, 'status', status, 'customer', customer)) " +
        'FROM (SELECT * FROM orders ORDER BY id);'));
      assert.deepEqual(tableOf(stream.frames), want);
      stream.leave();
    });

    closing(() => server);
  });
}
