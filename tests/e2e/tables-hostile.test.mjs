// tables-hostile.test.mjs: sections and parameters that mean harm, in a running server.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const dir = mkdtempSync(join(tmpdir(), 'tailrow-hostile-'));
const shop = join(dir, 'shop.db');
const ENDLESS = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';

/** Each bad section with the sentence that a request for it gets. */
const BAD = [
  ['endless', 'table', `${ENDLESS} SELECT count(*) AS id FROM c`, /sql took more than 2000 ms/],
  ['endlessrows', 'append', `${ENDLESS} SELECT i AS id, '' AS data FROM c WHERE i < 0 AND i > :after LIMIT :limit`,
    /sql took more than 2000 ms/],
  ['toolong', 'table', `${ENDLESS} SELECT i AS id FROM c`, /more than 10000 rows/],
  ['large', 'table', 'SELECT id, value FROM large', /a value is larger than 1048576 bytes/],
  ['grown', 'table', "SELECT 1 AS id, replace(hex(zeroblob(500000)), '0', 'xxxxxxxx')", /a value is larger than 1048576 bytes/],
  ['nullkey', 'table', 'SELECT NULL AS id', /is NULL in row 1/],
  ['blobkey', 'table', "SELECT x'00' AS id", /is a BLOB in row 1/],
  ['twice', 'table', 'SELECT kind AS id FROM entries', /the key "a" comes twice/],
  ['second', 'table', 'SELECT 1 AS id; DELETE FROM entries', /it must be one statement/],
  ['comment', 'table', 'SELECT 1 AS id /* */; /* */ DELETE FROM entries', /it must be one statement/],
  ['writing', 'table', 'DELETE FROM entries RETURNING id', /a stream only reads/],
  ['attach', 'table', "ATTACH '/tmp/other.db' AS other", /a stream only reads/],
  ['pragma', 'table', 'PRAGMA journal_mode = delete', /a stream only reads/],
  ['pragmatable', 'table', "SELECT name AS id FROM pragma_table_info('entries')", /not authorized/],
  ['extension', 'table', "SELECT load_extension('/tmp/evil.so') AS id", /not authorized to use function: load_extension/],
  ['textid', 'append', "SELECT 'x' AS id, 'y' AS data FROM entries WHERE id > :after LIMIT :limit",
    /an id that is no integer/],
  ['falling', 'append', "SELECT 5 AS id, 'y' AS data FROM entries WHERE id > :after LIMIT :limit", /ids that rise/],
  ['unbound', 'append', 'SELECT id, kind AS data FROM entries WHERE id > :after AND kind = :k LIMIT :limit',
    /nobody binds :k/],
];

const section = ([name, mode, text]) => `
[stream ${name}]
database = ${shop}
mode = ${mode}
sql = ${text}
`;
const settings = BAD.map(section).slice(0, 12).join('') + `
[stream good]
database = ${shop}
mode = table
sql = SELECT id, kind FROM entries

[stream echo]
database = ${shop}
sql = SELECT id, coalesce(:kind, 'none') || '|' || :remote_user AS data
      FROM entries WHERE id > :after ORDER BY id LIMIT :limit
allow = kind
`;
const rest = BAD.slice(12).map(section).join('');

/** The web server has signed ann in. */
const asAnn = (text) => text.replace('server.max-write-idle = 60',
  'server.max-write-idle = 60\n\tsetenv.set-environment = ( "REMOTE_USER" => "ann" )');

before(() => {
  chmodSync(dir, 0o777);
  sql(shop, `PRAGMA journal_mode = WAL;
    CREATE TABLE entries (id INTEGER PRIMARY KEY, kind TEXT);
    INSERT INTO entries (kind) VALUES ('a'), ('a');
    CREATE TABLE large (id INTEGER PRIMARY KEY, value BLOB);
    INSERT INTO large (value) VALUES (zeroblob(100000000));`);
});
after(() => rmSync(dir, { recursive: true }));

for (const [what, sections, bad] of [['many bad sections', settings, BAD.slice(0, 12)], ['the others', rest, BAD.slice(12)]])
  describe(what, { concurrency: false }, () => {
    let server;
    before(async () => {
      server = await Server.start({ settings: sections, edit: asAnn });
      server.expectLog(/\[stream \w+\]|oversized request-header/);
    });

    it('get a 503 with their sentence, each', async () => {
      for (const [name, , , sentence] of bad) {
        const got = await until(`the sentence for ${name}`, async () => {
          const answer = await ask(`${server.api}/events/${name}?hold=0`);
          assert.equal(answer.status, 503, `${name}: ${answer.text}`);
          return !/not read yet/.test(answer.json.detail) && answer;
        }, 20_000);
        assert.match(got.json.detail, sentence);
        assert.match(got.json.detail, new RegExp(`^\\[stream ${name}\\]`));
      }
    });

    if (sections === settings) {
      it('harm no other stream', async () => {
        const stream = await Stream.open(`${server.api}/events?stream=jobs,good`);
        await stream.frame('the table', (f) => f.event === 'good:snapshot');
        sql(shop, "INSERT INTO entries (kind) VALUES ('b');");
        await stream.frame('the row', (f) => f.event === 'good:row' && f.json.kind === 'b');
        sql(server.db, "INSERT INTO log (message) VALUES ('line');");
        await stream.event('log');
        stream.leave();
      });

      const echo = async (query) =>
        (await handedOver(`${server.api}/events/echo?hold=0&tail=1&${query}`)).named('message')[0]?.data;

      it('binds what a client sends, whatever it is', async () => {
        for (const value of ["' OR 1=1 --", "'; DROP TABLE entries; --", '"', '%', ':after', '\u{1f600}', 'x'.repeat(6000), ''])
          assert.equal(await echo(`kind=${encodeURIComponent(value)}`), `${value}|ann`);
        assert.equal(await echo('kind=first&kind=second'), 'first|ann');
        assert.equal(await echo('other=x'), 'none|ann');
        // These two lighttpd answers itself.
        assert.equal((await ask(`${server.api}/events/echo?kind=a%00b`)).status, 400);
        assert.equal((await ask(`${server.api}/events/echo?kind=${'x'.repeat(10240)}`)).status, 431);
      });

      it('lets nobody say who they are', async () => {
        for (const query of ['remote_user=bob', 'REMOTE_USER=bob', ':remote_user=bob', 'after=0&limit=-1&remote_user=bob'])
          assert.equal(await echo(query), 'none|ann');
      });
    }

    closing(() => server);
  });
