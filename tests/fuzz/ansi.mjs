// ansi.mjs: whatever a command prints, the page's parser of terminal sequences takes it, in time.
//
// usage: node tests/fuzz/ansi.mjs SECONDS
// - Random sequences, and what tools really printed (tests/progress/fixtures), cut up and put
//   together anew. No exception, no control character left, and text that has no sequence in it
//   comes out as it went in. Where only colours are in it, anser sees the same text.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import Anser from '../e2e/node_modules/anser/lib/index.js';
import { parse, plain } from '../../www/ansi.js';
import { fuzz, pick, random } from './random.mjs';

const FIXTURES = new URL('../progress/fixtures/', import.meta.url);
const CORPUS = readdirSync(FIXTURES).filter((name) => /\.(out|err)$/.test(name)).map((name) => readFileSync(new URL(name, FIXTURES), 'latin1'));
const PIECES = ['\x1b', '\x1b[', '\x1b]', '\x1bP', '\x1b\\', '\x07', '\r', '\n', '\b', '\t', '\0', '\x7f', '\x9b', '[', ';', ':', 'm', 'K', 'J', 'G', 'C', 'D', 'H',
  '0', '1', '38', '5', '2', '255', '999999999999', '-1', '?', '<', '>', ' ', 'text', 'ä', '漢', '🎉', '\ud83c', '\x1b[0m', '\x1b[31m', '\x1b[38;5;208m', '\x1b[2K',
  '\x1b]8;;javascript:alert(1)\x1b\\', '\x1b]9;4;1;50\x07', '</script>'];
const TEXTS = ['text', ' ', 'ä漢🎉', '\t', '\n', '%', '<b>', ''];
const MS_PER_100_KB = 2000; // on a busy machine; what is not linear takes minutes

const several = (most, one) => Array.from({ length: random(most) }, one).join('');

/** A piece of what a tool printed, some of it changed. */
function mutated() {
  const text = pick(CORPUS);
  const from = random(text.length), part = text.slice(from, from + random(2000));
  const at = random(part.length + 1);
  return part.slice(0, at) + several(4, () => pick(PIECES)) + part.slice(at + random(8));
}

function takes(text) {
  const begun = performance.now();
  const runs = parse(text);
  const took_ms = performance.now() - begun;
  const shown = runs.map((run) => run.text).join('');
  assert.ok(took_ms < MS_PER_100_KB * Math.max(1, text.length / 100_000), `${took_ms} ms for ${text.length} characters`);
  assert.doesNotMatch(shown, /[\0-\x08\x0b-\x1f\x7f]/);
  assert.equal(plain(shown), shown);
  for (const { style } of runs)
    for (const colour of [style.fg, style.bg]) assert.match(String(colour ?? 0), /^(\d|1[0-5]|\d{1,3}, \d{1,3}, \d{1,3})$/);
}

const say = (text, judge) => {
  try {
    judge(text);
  } catch (error) {
    console.error(JSON.stringify(text.slice(0, 5000)));
    throw error;
  }
};

function round() {
  say(several(40, () => pick(PIECES)), takes);
  say(mutated(), takes);
  say(several(10, () => pick(TEXTS)), (text) => assert.equal(plain(text), text));
  say(several(10, () => pick(TEXTS) + `\x1b[${several(4, () => `${pick(['', 0, 1, 31, 44, 97, 107, '38;5;9', '48;2;1;2;3', 39, 22])};`)}m`),
    (text) => assert.equal(plain(text), Anser.ansiToText(text)));
  if (!random(1000)) say(several(8, () => pick(PIECES)).repeat(20_000).slice(0, 100_000), takes);
}

fuzz(round, 4);
