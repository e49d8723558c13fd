// page-modules.test.mjs: the page's modules that touch no DOM, and what all of them must be.
//
// SPDX-License-Identifier: MIT
import Anser from 'anser';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { root } from './lib/paths.mjs';

const www = join(root, 'www');
const source = (name) => readFileSync(join(www, name), 'utf8');

/** A module that imports nothing, read as a browser does: the directory has no package.json. */
const load = (name) => import(`data:text/javascript,${encodeURIComponent(source(name))}`);

const { parse, plain } = await load('ansi.js');
const { Lines, CHUNK, KEEP, PAGE } = await load('log-lines.js');
const { Sections } = await load('log-sections.js');
const { covers, matches, union } = await load('filter.js');

/** A script or style without its comments and the lines that are empty then. */
function withoutComments(text, name) {
  const found = name.endsWith('.css') ? [...text.matchAll(/\/\*[^]*?\*\//g)].map(({ 0: { length }, index }) => [index, index + length])
    : commentsOf(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  const pieces = found.map(([, end], i) => text.slice(end, found[i + 1]?.[0]));
  return [text.slice(0, found[0]?.[0]), ...pieces].join('').replace(/^\s*\n/gm, '');
}

function commentsOf(file) {
  const found = new Map();
  const visit = (node) => {
    const around = [...ts.getLeadingCommentRanges(file.text, node.pos) ?? [], ...ts.getTrailingCommentRanges(file.text, node.end) ?? []];
    for (const { pos, end } of around) found.set(pos, end);
    node.getChildren(file).forEach(visit);
  };
  visit(file);
  return [...found].sort(([a], [b]) => a - b);
}

/** A random number generator with a seed: the same corpus each time. */
function generator(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
  };
}

describe('colours', () => {
  const BASIC = new Anser().ansiToJson(Array.from({ length: 16 }, (_, i) =>
    `\x1b[${i < 8 ? 30 + i : 82 + i}mx`).join(''), { remove_empty: true }).map(({ fg }) => fg);
  const rgb = (colour) => typeof colour === 'number' ? BASIC[colour] : colour;

  /** Each character with its style, as anser sees it. */
  const theirs = (text) => new Anser().ansiToJson(text, { remove_empty: true }).flatMap(
    ({ content, fg, bg, decorations, isInverted }) => [...content].map((char) => [char, fg ?? null,
      bg ?? null, [...new Set(decorations)].filter((name) => name !== 'blink').sort().join(), Boolean(isInverted)]));

  const NAMES = { strike: 'strikethrough' };
  const ours = (text) => parse(text).flatMap(({ text: run, style: { fg, bg, inverse, ...flags } }) => {
    const [front, back] = inverse ? [bg ?? 0, fg ?? 7] : [fg, bg];
    return [...run].map((char) => [char, rgb(front) ?? null, rgb(back) ?? null,
      Object.keys(flags).map((flag) => NAMES[flag] ?? flag).sort().join(), Boolean(inverse)]);
  });

  const seen = (chars) => chars.filter(([char]) => char !== '\n'); // which has no colour
  const same = (text) => assert.deepEqual(seen(ours(text)), seen(theirs(text)), JSON.stringify(text));

  it('are what anser makes of what tools print', () => {
    for (const text of [
      'plain', '', '\x1b[31mred\x1b[0m plain', '\x1b[1;33mwarning:\x1b[0m unused', '\x1b[mreset by nothing',
      '\x1b[38;5;208morange\x1b[39m', '\x1b[48;2;10;20;30mon dark\x1b[49m', '\x1b[38;5;7m\x1b[48;5;15mboth',
      '\x1b[90mgrey \x1b[97mwhite \x1b[107mon white', '\x1b[7minverse\x1b[27m not', '\x1b[31;7mred inverse',
      '\x1b[1m\x1b[2mboth\x1b[22mneither', '\x1b[4munder\x1b[24m \x1b[9mstruck\x1b[29m \x1b[3mslanted\x1b[23m',
      '\x1b[8msecret\x1b[28m', '\x1b[38;5;300mno such colour', '\x1b[;31mreset and red',
      '\x1b[32m✓\x1b[39m ünïcode 漢字 🎉', '\x1b[2Kcleared', '\x1b[?25lhidden cursor\x1b[?25h', 'a\tb\nc\x1b[31m\nd',
    ]) same(text);
  });

  it('are what anser makes of 5,000 random sequences', () => {
    const random = generator(42);
    // What is set a second time, anser counts twice.
    const CODES = [0, '22;1', '22;2', '23;3', '24;4', '27;7', '28;8', '29;9', 22, 23, 24, 27, 28, 29,
      30, 31, 37, 39, 40, 44, 47, 49, 90, 97, 100, 107];
    const code = () => [() => `${CODES[random(CODES.length)]}`, () => `38;5;${random(260)}`, () => `48;5;${random(256)}`,
      () => `38;2;${random(256)};${random(256)};${random(256)}`, () => `48;2;${random(258)};${random(256)};9`,
      () => ''][random(6)]();
    for (let i = 0; i < 5000; i++)
      same(Array.from({ length: 1 + random(6) }, () =>
        `\x1b[${Array.from({ length: 1 + random(3) }, code).join(';')}m${'text <&>'.slice(0, random(9))}`).join(''));
  });
});

describe('a line that is written again', () => {
  for (const [what, text, shown] of [
    ['a progress bar', '10%\r20%\r100%', '100%'],
    ['a shorter text over a longer one', 'abcdef\rXY', 'XYcdef'],
    ['the same with the rest erased', 'abcdef\rXY\x1b[K', 'XY'],
    ['a return at the end', 'done\r', 'done'],
    ['CR LF', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['a line erased whole', 'abc\x1b[2K\rnew', 'new'],
    ['backspaces', 'abc\b\bXY', 'aXY'],
    ['a column', 'abc\x1b[2GX', 'aXc'],
    ['a spinner', '| work\r/ work\r- work', '- work'],
    ['a link, of which the text stays', '\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\ me', 'click me'],
    ['a title', '\x1b]0;owned\x07ls', 'ls'],
    ['control characters', 'a\0b\x07c\x7f', 'a^@b^Gc^?'],
    ['an erasure to the left', 'abcdef\x1b[3G\x1b[1KX', '  Xdef'],
    ['a line erased before it goes on', 'abc\x1b[2Kd', '   d'],
    ['a far cursor', '\x1b[999999999Cx', `${' '.repeat(1000)}x`],
  ]) it(`shows ${what}`, () => assert.equal(plain(text), shown));

  it('keeps the colour that each character was written in', () =>
    assert.deepEqual(parse('\x1b[31mred\r\x1b[32mG').map(({ text, style }) => [text, style.fg]), [['G', 2], ['ed', 1]]));

  it('takes time in proportion to its length, whatever is in it', () => {
    const begun = performance.now();
    for (const piece of ['\x1b', '\x1b[', '\x1b]', '\x1bP', '\x1b[1;', 'x\r', '\x1b[999C\x1b[K', '\x1b[31m', '\b'])
      parse(piece.repeat(5e4));
    assert.ok(performance.now() - begun < 10_000);
  });
});

describe('sections', () => {
  const make = (...events) => {
    const sections = new Sections();
    events.forEach((event, rank) => sections.learn(rank, event));
    return sections;
  };
  const hidden = (sections, count) => Array.from({ length: count }, (_, rank) => sections.hides(rank) ? '#' : '.').join('');

  it('hide what lies between, their own head stays', () => {
    const sections = make('log', 'group', 'log', 'log', 'group-end', 'log');
    sections.fold(1, true);
    assert.equal(hidden(sections, 6), '..###.');
  });
  it('lie in each other', () => {
    const sections = make('group', 'log', 'group', 'log', 'group-end', 'log', 'group-end', 'log');
    sections.fold(2, true);
    assert.equal(hidden(sections, 8), '...##...');
    sections.fold(0, true);
    assert.equal(hidden(sections, 8), '.######.');
    sections.reveal(3);
    assert.equal(hidden(sections, 8), '........');
  });
  it('reach to the end where theirs has not come, and an end without a beginning is none', () => {
    const sections = make('group-end', 'log', 'group', 'log');
    sections.foldAll(true);
    assert.equal(hidden(sections, 5), '...##');
  });
});

describe('wants', () => {
  const lines = [{ job: [42], event: ['log'] }];
  const changes = [{ event: ['status-update', 'completion'] }];
  const frame = (event, data) => ({ event, id: 'e-1', n: 1, data });

  it('are covered by their union', () => {
    assert.deepEqual(union(lines), { job: [42], event: ['log'] });
    assert.deepEqual(union([...lines, ...changes]), { event: ['log', 'status-update', 'completion'] });
    assert.deepEqual(union([{ job: [1], level: 'warn' }, { job: [null], level: 'error' }]).level, 'warn');
    assert.equal(union(Array.from({ length: 101 }, (_, i) => ({ job: [i] }))).job, undefined);
    for (const wide of [lines, changes, [{}]])
      assert.ok(covers(union([...wide, ...lines]), union(lines)));
    assert.ok(!covers(union(lines), union(changes)));
    assert.ok(!covers({ level: 'warn' }, {}));
  });
  it('take what they name and nothing else', () => {
    assert.ok(matches(lines, frame('log', { jobId: 42 })));
    assert.ok(!matches(lines, frame('log', { jobId: 7 })));
    assert.ok(!matches(lines, frame('log', { jobId: null })));
    assert.ok(!matches(lines, frame('completion', { jobId: 42 })));
    assert.ok(matches([{ level: 'warn' }], frame('log', { jobId: 1, level: 'error' })));
    assert.ok(!matches([{ level: 'warn' }], frame('log', { jobId: 1, level: 'info' })));
    assert.ok(!matches([{}], frame('order', 'text')), 'a name of a publisher\'s own has to be named');
    assert.ok(matches([{ event: ['order'] }], frame('order', 'text')));
    for (const event of ['gap', 'reset', 'skip', 'ping']) assert.ok(matches(lines, frame(event, {})));
  });
});

describe('the lines that are here', () => {
  /** A server with ids 10, 20, 30 … as rows, which can be changed. */
  function serve(count) {
    const rows = Array.from({ length: count }, (_, i) => ({ id: 10 * (i + 1), event: 'log', level: i % 10 ? 'info' : 'error', message: `${i}` }));
    const ask = async ({ level, rank, around, limit }) => {
      ask.count++;
      const all = rows.filter((row) => !level || row.level === level);
      const first = rank ?? (around === undefined ? all.length - limit
        : all.findIndex(({ id }) => id >= around) - (limit >> 1));
      const from = Math.max(0, first);
      return { lines: all.slice(from, from + limit), rank: from, total: all.length, complete: true, cursor: 'e-1' };
    };
    ask.count = 0;
    return { rows, ask, add: (message) => rows[rows.push({ id: 10 * (rows.length + 1), event: 'log', level: 'info', message }) - 1] };
  }
  const all = (lines) => Array.from({ length: lines.total }, (_, rank) => lines.at(rank)?.message);
  const numbers = (count) => Array.from({ length: count }, (_, i) => `${i}`);

  async function readAll(lines) {
    for (let number = lines.missing(); number !== null; number = lines.missing()) await lines.load(number);
  }

  it('are all of them in the end, each once', async () => {
    for (const count of [0, 1, CHUNK, PAGE, PAGE + 1, 12345]) {
      const { ask } = serve(count);
      const lines = new Lines(ask, assert.fail);
      await lines.open(null);
      await readAll(lines);
      assert.deepEqual(all(lines), numbers(count));
      assert.ok(ask.count <= Math.ceil(count / PAGE) * 1.3 + 2, `${ask.count} requests for ${count} lines`);
    }
  });
  it('go on with what the stream brings, and take nothing twice', async () => {
    const { ask, rows, add } = serve(PAGE + 50);
    const lines = new Lines(ask, assert.fail);
    await lines.open(null);
    lines.append(rows.at(-1)); // was in the page
    for (let i = 0; i < 450; i++) lines.append(add(`${PAGE + 50 + i}`));
    await readAll(lines);
    assert.deepEqual(all(lines), numbers(PAGE + 500));
  });
  it('open around a line', async () => {
    const { ask } = serve(50_000);
    const lines = new Lines(ask, assert.fail);
    const { rank } = await lines.open(250_010);
    assert.equal(lines.at(rank).id, 250_010);
    assert.equal(ask.count, 2);
    assert.equal((await new Lines(ask, assert.fail).open(250_011)).rank, rank + 1, 'the next one where it is gone');
  });
  it('are counted again where the server had not the time, and never put where they do not belong', async () => {
    const { ask, rows, add } = serve(20_000);
    let slow = 2;
    const busy = async (which) => slow-- > 0 && which.rank === undefined
      ? { ...await ask(which), total: 7000, rank: null, complete: false } : ask(which);
    const lines = new Lines(busy, assert.fail);
    await lines.open(null);
    await readAll(lines);
    assert.deepEqual(all(lines), numbers(20_000));

    slow = Infinity;
    const end = new Lines(busy, assert.fail);
    assert.equal((await end.open(10)).rank, null);
    end.append(add('20000'));
    assert.ok(end.lastOnly);
    assert.deepEqual(all(end), numbers(20_001).slice(-PAGE - 1));
    assert.equal(end.missing(), null);
    assert.equal(await end.rankOf(rows.at(-2).id), PAGE - 1);
  });
  it('that the server did not reach are not there yet', async () => {
    const { ask } = serve(20_000);
    const lines = new Lines(async (which) => which.rank === undefined ? ask(which)
      : { ...await ask(which), lines: [], rank: 500, total: 500, complete: false }, assert.fail);
    await lines.open(null);
    await assert.rejects(lines.load(10));
    assert.equal(lines.chunk(10), null);
  });
  it('of one level have ranks of their own', async () => {
    const { ask, add } = serve(5000);
    const lines = new Lines(ask, assert.fail, 'error');
    await lines.open(null);
    lines.append(add('info'));
    assert.equal(lines.total, 500);
    assert.equal(lines.at(499).message, '4990');
  });
  it('leave when there are too many, the farthest first, and can be read again', async () => {
    const { ask } = serve(CHUNK * (KEEP + 50));
    const lines = new Lines(ask, assert.fail);
    await lines.open(null);
    lines.centre = lines.chunks - 1;
    for (let number = lines.chunks - 1; number >= 0; number -= 4) {
      lines.centre = number;
      await lines.load(number);
    }
    assert.ok(lines.here <= KEEP);
    assert.equal(lines.chunk(lines.chunks - 1), null);
    lines.centre = lines.chunks - 1;
    await lines.load(lines.chunks - 1);
    assert.equal(lines.at(lines.total - 1).message, `${lines.total - 1}`);
  });
  it('say so when there are more than the stream told, and not while it is late', async () => {
    const { ask, add } = serve(20_000);
    let lost = 0;
    const lines = new Lines(async (which) => ({ ...await ask(which), cursor: `e-${200_000 + 10 * late}` }), () => { lost++; });
    let late = 0;
    await lines.open(null);
    const row = add('late');
    late = 1;
    await lines.load(10);
    lines.heard(200_000);
    assert.equal(lost, 0);
    lines.append(row);
    lines.heard(200_010);
    assert.equal(lost, 0);
    add('never told');
    late = 2;
    await lines.load(20);
    lines.heard(200_020);
    assert.equal(lost, 1);
  });
  it('say so when rows were deleted', async () => {
    const { ask, rows } = serve(20_000);
    let lost = 0;
    const lines = new Lines(ask, () => { lost++; });
    await lines.open(null);
    rows.splice(0, 3000);
    await lines.load(10);
    assert.equal(lost, 1);
  });
});

describe('every module', () => {
  const scripts = readdirSync(www).filter((name) => name.endsWith('.js'));

  it('has the types that it says', () => {
    const here = join(root, 'tests/e2e');
    execFileSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '-p', join(here, 'www.tsconfig.json')]);
  });

  it('puts text on the page as text, and nothing inline', () => {
    for (const name of scripts)
      assert.doesNotMatch(source(name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('(style|on)/, name);
    assert.doesNotMatch(source('index.html'), /<style|<script(?![^>]* src=)|\son\w+=|\sstyle=/);
  });

  const imports = (name, how = /^(?:import|export) (?:[^'";]* from )?'\.\/([\w-]+\.js)';/gm) =>
    [...source(name).matchAll(how)].map(([, file]) => file);
  const later = (name) => imports(name, /import\('\.\/([\w-]+\.js)'\)/g);
  const graph = (...names) => names.reduce((all, name) => new Set([...all, ...imports(name).length
    ? graph(...imports(name)) : [], name]), new Set());

  it('of the dashboard is named in its HTML, so that all are asked for at once', () => {
    const preloaded = [...source('index.html').matchAll(/rel="modulepreload" href="([\w-]+\.js)"/g)].map(([, name]) => name);
    const entries = ['jobs.js', 'main.js'];
    const used = graph(...entries, ...entries.flatMap(later)).values();
    assert.deepEqual([...entries, ...preloaded].sort(), [...used].sort());
  });

  it('that the list needs comes in one round trip', () => {
    const list = graph('jobs.js');
    const asked = [...source('index.html').matchAll(/(?:href|src)="([\w-]+\.js)"/g)].map(([, name]) => name);
    assert.deepEqual(asked.slice(0, list.size).sort(), [...list].sort(), 'they come first');
    assert.ok(list.size + 2 <= 6, 'as many as a browser has connections: the style and the first page are two');
  });

  it('is as small as docs/page.md says: bytes as written, and without comments', () => {
    const stream = graph('tailrow.js', 'worker.js');
    const page = ['jobs.js', 'main.js'];
    for (const [what, names, mostWritten, mostBare] of [
      ['the list', [...graph('jobs.js'), 'style.css'], 41_000, 32_000],
      ['the client and its worker', stream, 30_000, 19_000],
      ['<tailrow-log>', [...graph('log.js'), ...stream], 93_000, 66_000],
      ['the page', [...graph(...page, ...page.flatMap(later)), ...stream, 'style.css'], 129_000, 96_000],
    ]) {
      const sum = (bytesOf) => [...new Set(names)].reduce((all, name) => all + bytesOf(source(name), name), 0);
      const written = sum((text) => Buffer.byteLength(text));
      const bare = sum((text, name) => Buffer.byteLength(withoutComments(text, name)));
      assert.ok(written < mostWritten && bare < mostBare, `${what}: ${written} bytes as written, ${bare} without comments`);
    }
  });

  it('of the widgets, of the worker and of a tab that leads is found in two steps', () => {
    for (const entry of ['tailrow-widgets.js', 'worker.js', 'lead.js']) {
      const first = imports(entry);
      const near = new Set([entry, ...first, ...first.flatMap((name) => imports(name))]);
      for (const name of graph(entry)) assert.ok(near.has(name), `${entry}: ${name} is found late`);
    }
  });
});
