// streams.mjs: what many streams cost, beside a floor and a peer in the same run: `make bench`.
//
// - The floor is floor.c, a process per stream without a database, through the same lighttpd;
//   the peer is nchan (Debian's libnginx-mod-nchan), one process for all streams.
// - CPU is what /proc/PID/schedstat says; utime and stime do not see short wakes.
//
// usage: node streams.mjs [idle|latency|jobs|all|log|poll …]
//
// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '../e2e/lib/database.mjs';
import { build } from '../e2e/lib/paths.mjs';
import { freePort, freshDirectory, Server } from '../e2e/lib/server.mjs';
import { until } from '../e2e/lib/wait.mjs';

const bin = (name) => join(build, 'tests/bench', name);
const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK']));
const NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** The pids whose program is `path`. */
const running = (path) => readdirSync('/proc').filter((name) => {
  try {
    return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/exe`) === path;
  } catch {
    return false;
  }
}).map(Number);

/** Nanoseconds of CPU that these processes have had. */
const cpu = (pids) => pids.reduce((sum, pid) => {
  try {
    return sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return sum;
  }
}, 0);

const rollup = (pid, field) =>
  Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(new RegExp(`^${field}: +(\\d+)`, 'm'))[1]);
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

/** `count` streams of `path` at `port`, all open. */
async function viewers(port, path, count) {
  const child = spawn(bin('load'), [String(port), path, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const opened = (await lines.next()).value;
  if (!opened) throw new Error('the streams did not open');
  return {
    openMs: Number(opened.split(' ')[1]),
    async finish() {
      child.stdin.end();
      return JSON.parse((await lines.next()).value);
    },
  };
}

/** Publishes; returns the median time of one publication in ms. */
const publish = async (...args) => {
  const child = spawn(bin('publish'), args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text) => { said += text; });
  const [code] = await once(child, 'close');
  if (code) throw new Error(`publish ended with ${code}`);
  return Number(said);
};

/** tailrow behind lighttpd as shipped. */
async function tailrow(jobs = 0) {
  const server = await Server.start({ settings: 'max_streams = 1200\nmax_streams_per_client = 1200\n' });
  if (jobs) sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${jobs})
    INSERT INTO job(name, state) SELECT 'job ' || i, 'running' FROM n;`);
  return {
    port: server.port,
    stream: '/tailrow/api/events?since=now',
    pids: () => [server.pid, ...server.responders()],
    workers: () => server.responders(),
    publish: (rate, count, rows, job = 0) => publish('db', server.db, rate, count, rows, job),
    advance: (rate, count) => publish('job', server.db, rate, count, 1, 1),
    stop: () => server.stop(),
  };
}

/** floor.c behind a lighttpd with the same directives; polls: the 500 ms poller instead. */
async function floor(workers, polls) {
  const dir = freshDirectory();
  const port = await freePort();
  const env = { FLOOR_WORKERS: String(workers) };
  const db = join(dir, 'jobs.db');
  if (polls) {
    execFileSync(join(build, 'tailrow'), ['--db', db, 'init']);
    env.FLOOR_POLL = db;
  } else {
    env.FLOOR_FIFO = join(dir, 'fifo');
    execFileSync('mkfifo', [env.FLOOR_FIFO]);
  }
  const environment = Object.entries(env).map(([k, v]) => `"${k}" => "${v}"`).join(', ');
  writeFileSync(join(dir, 'conf'), `
    server.modules = ( "mod_fastcgi" )
    server.document-root = "${dir}"
    server.bind = "127.0.0.1"
    server.port = ${port}
    server.max-fds = 4096
    server.max-connections = 2000
    server.stream-response-body = 2
    fastcgi.server = ( "/floor" => (( "bin-path" => "${bin('floor')}", "socket" => "${dir}/sock",
      "max-procs" => 1, "check-local" => "disable", "tcp-fin-propagate" => "enable",
      "bin-environment" => ( ${environment} ) )) )`);
  const lighttpd = spawn('lighttpd', ['-D', '-f', join(dir, 'conf')],
    { stdio: 'ignore', env: { PATH: `${process.env.PATH}:/usr/sbin` } });
  await until('lighttpd listens', () => fetch(`http://127.0.0.1:${port}/none`).then(() => true, () => false));
  return {
    port,
    stream: '/floor',
    pids: () => [lighttpd.pid, ...running(bin('floor'))],
    workers: () => running(bin('floor')),
    publish: (rate, count, rows) => (polls
      ? publish('db', db, rate, count, rows, 0) : publish('fifo', env.FLOOR_FIFO, rate, count, rows)),
    async stop() {
      lighttpd.kill('SIGTERM');
      await once(lighttpd, 'exit');
      for (const pid of running(bin('floor'))) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true });
    },
  };
}

async function nchan() {
  const dir = freshDirectory();
  const port = await freePort();
  writeFileSync(join(dir, 'conf'), `
    load_module ${NCHAN};
    daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;
    worker_rlimit_nofile 4096;
    events { worker_connections 2048; }
    http {
      access_log off; client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy;
      fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
      keepalive_requests 1000000;
      server {
        listen 127.0.0.1:${port};
        location = /pub { nchan_publisher; nchan_channel_id c; nchan_message_buffer_length 100; }
        location = /sub { nchan_subscriber eventsource; nchan_channel_id c; nchan_subscriber_first_message newest; }
      }
    }`);
  const nginx = spawn('/usr/sbin/nginx', ['-c', join(dir, 'conf'), '-p', dir], { stdio: 'ignore' });
  await until('nginx listens', () => fetch(`http://127.0.0.1:${port}/pub`).then(() => true, () => false));
  // load waits for a first frame of each stream
  const first = setInterval(() => fetch(`http://127.0.0.1:${port}/pub`, { method: 'POST', body: 'first' }).catch(() => {}), 200);
  return {
    port,
    stream: '/sub',
    opened: () => clearInterval(first),
    pids: () => [nginx.pid],
    publish: (rate, count, rows) => publish('http', port, rate, count, rows),
    async stop() {
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
      rmSync(dir, { recursive: true });
    },
  };
}

/** Opens the streams, publishes, and returns what arrived and what it cost. */
async function run(host, path, count, rate, commits, rows, job) {
  const load = await viewers(host.port, path, count);
  host.opened?.();
  await sleep(1000);
  const pids = host.pids();
  const before = cpu(pids);
  const tookMs = await host.publish(rate, commits, rows, job);
  await sleep(1000);
  const cpuNs = cpu(pids) - before;
  const got = await load.finish();
  return { ...got, tookMs, cpuNs, per100k: cpuNs / 1e9 / got.frames * 1e5 };
}

const say = (what, figure, note = '') => console.log(`${what.padEnd(64)} ${figure.padStart(12)}  ${note}`);

async function idle() {
  const host = await tailrow();
  const load = await viewers(host.port, host.stream, 1000);
  await sleep(2000);
  const pids = host.pids();
  const workers = host.workers();
  const pss = median(workers.map((pid) => rollup(pid, 'Pss')));
  const whole = pids.reduce((sum, pid) => sum + rollup(pid, 'Pss'), 0);
  const before = cpu(pids);
  await sleep(30_000);
  const idleCpu = (cpu(pids) - before) / 30e9;
  await load.finish();
  await host.stop();
  const least = await floor(1008);
  const floorLoad = await viewers(least.port, least.stream, 1000);
  const floorPss = median(least.workers().map((pid) => rollup(pid, 'Pss')));
  await floorLoad.finish();
  await least.stop();
  say('1,000 streams opened', `${load.openMs} ms`);
  say('PSS of a worker', `${pss} KB`, `floor ${floorPss} KB; target 75 KB`);
  say('PSS of lighttpd and the whole tree, for each stream', `${(whole / 1000).toFixed(0)} KB`);
  say('CPU of the whole tree over 30 s idle, of one core', `${(idleCpu * 100).toFixed(3)} %`,
    '1,000 streams; target 0.1 % (one heartbeat each 15 s falls into it)');
}

async function latency() {
  const hosts = { tailrow: await tailrow(), floor: await floor(4), poller: await floor(4, true) };
  const got = {};
  for (const [name, host] of Object.entries(hosts)) {
    got[name] = await run(host, host.stream, 1, 50, 500, 1);
    await host.stop();
  }
  // a line's stamp is from before its publication began: the commit's own time is not ours
  const after = ({ p50, tookMs }) => Math.max(p50 - tookMs, 0);
  const ratio = after(got.tailrow) / got.floor.p50;
  say('commit to frame, one stream: p50', `${after(got.tailrow).toFixed(3)} ms`,
    `and ${got.tailrow.tookMs} ms the commit; floor ${got.floor.p50} ms, 500 ms poller ` +
    `${got.poller.p50} ms; ${ratio.toFixed(2)} times the floor, target 1.5`);
  say('                         p99', `${got.tailrow.p99} ms`,
    `with the commit; floor ${got.floor.p99} ms, 500 ms poller ${got.poller.p99} ms`);
}

async function jobs() {
  const host = await tailrow(500);
  const one = await run(host, `${host.stream}&job=1`, 1, 50, 1000, 1, 1);
  const many = await run(host, `${host.stream}&job=%d`, 500, 50, 1000, 1, 1);
  await host.stop();
  if (many.frames !== 1000 || one.frames !== 1000) throw new Error('frames are missing');
  say('one job 50 times a second, 500 viewers of 500 jobs: CPU', `${(many.cpuNs / 1e6).toFixed(0)} ms`,
    `one viewer ${(one.cpuNs / 1e6).toFixed(0)} ms; ${(many.cpuNs / one.cpuNs).toFixed(2)} times, target 2`);
}

async function all() {
  for (const rows of [1, 10]) {
    const hosts = { tailrow: await tailrow(), floor: await floor(508), ...(existsSync(NCHAN) && { nchan: await nchan() }) };
    const got = {};
    for (const [name, host] of Object.entries(hosts)) {
      got[name] = await run(host, host.stream, 500, 20, 300, rows);
      await host.stop();
    }
    const { tailrow: ours, floor: least, nchan: peer } = got;
    if (ours.frames !== 500 * 300 * rows || ours.lost || ours.repeated) throw new Error(`lost: ${JSON.stringify(ours)}`);
    say(`500 viewers of everything, 20 commits/s of ${rows}: CPU s per 100,000 frames`, ours.per100k.toFixed(3),
      `floor ${least.per100k.toFixed(3)}, nchan ${peer ? peer.per100k.toFixed(3) : '(not installed)'}; ` +
      `${(ours.per100k / least.per100k).toFixed(2)} times the floor, p99 ${ours.p99} ms`);
  }
}

async function log() {
  const host = await tailrow();
  const got = await run(host, host.stream, 1000, 100, 6000, 1);
  await host.stop();
  say('1,000 viewers, 100 lines/s for 60 s: p99 on the wire', `${got.p99} ms`,
    `p50 ${got.p50} ms, max ${got.max} ms; target 100 ms; ${got.frames} frames, ` +
    `lost ${got.lost + 6_000_000 - got.frames}, twice ${got.repeated}; ${(got.cpuNs / 61e9).toFixed(2)} cores`);
}

/** The CPU of these processes, and of children of theirs that have ended: a poll takes some. */
const cpuOfAll = (pids) => pids.reduce((sum, pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [cutime, cstime] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(13, 15).map(Number);
    return sum + (cutime + cstime) * 1e9 / TICKS_PER_S;
  } catch {
    return sum;
  }
}, cpu(pids));

/** `count` clients that ask with their cursor each `everyMs`, evenly spread, until finish(). */
function pollers(port, path, count, everyMs) {
  const delays = [];
  let over = false;
  let requests = 0;
  const poll = async (client) => {
    let cursor = '';
    await sleep(client * everyMs / count);
    for (let next = performance.now(); !over; await sleep(Math.max(0, next - performance.now()))) {
      next += everyMs;
      requests++;
      const ask = () => fetch(`http://127.0.0.1:${port}${path}&hold=0${cursor && `&since=${cursor}`}`);
      const text = await (await ask().catch(ask)).text(); // a connection may be closed for idleness just then
      const now = process.hrtime.bigint();
      for (const [, ns] of text.matchAll(/@\d+:(\d+);/g)) delays.push(Number(now - BigInt(ns)) / 1e6);
      cursor = text.match(/.*^id: (\S+)/ms)?.[1] ?? cursor;
    }
  };
  const all = Array.from({ length: count }, (_, client) => poll(client));
  return {
    begin() { requests = 0; delays.length = 0; },
    async finish() {
      over = true;
      await Promise.all(all);
      delays.sort((a, b) => a - b);
      const quantile = (q) => delays[Math.floor(q * (delays.length - 1))]?.toFixed(1);
      return { requests, frames: delays.length, p50: quantile(0.5), p99: quantile(0.99) };
    },
  };
}

/**
 * What the same clients cost when they poll, and when they hold a stream: one after the other.
 * They follow a log, or the steps of one job.
 */
async function compare(what, clients, everyMs, rate, seconds, job = false) {
  const host = await tailrow(job ? 1 : 0);
  const path = `/tailrow/api/events?event=${job ? 'status-update&job=1' : 'log'}`;
  const measure = async (load) => {
    const before = cpuOfAll(host.pids());
    load.begin?.();
    await (job ? host.advance : host.publish)(rate, rate * seconds, 1);
    const cpuNs = cpuOfAll(host.pids()) - before;
    return { ...await load.finish(), cpuS: cpuNs / 1e9 };
  };
  const polled = pollers(host.port, `${path}&tail=0`, clients, everyMs);
  await sleep(everyMs); // each has asked once
  const poll = await measure(polled);
  const held = await measure(await viewers(host.port, `${path}&since=now`, clients));
  await host.stop();
  for (const [how, got, requests] of [[`a poll each ${everyMs / 1000} s`, poll, poll.requests], ['held streams', held, clients]])
    say(`${what}, ${clients} clients, ${rate} rows/s, ${seconds} s: ${how}`, `${got.cpuS.toFixed(2)} CPU s`,
      `${requests} requests, ${got.frames} rows shown, p50 ${got.p50} ms, p99 ${got.p99} ms`);
  say('  polling beside streams', `${(poll.cpuS / held.cpuS).toFixed(1)} times CPU`,
    `${(poll.requests / clients).toFixed(1)} times requests, ${(poll.p50 / held.p50).toFixed(0)} times p50`);
}

async function poll() {
  await compare('orders', 1000, 5000, 1, 20);
  await compare('a job\'s progress', 100, 1000, 2, 20, true);
  await compare('a system\'s log', 1000, 1000, 10, 20);
}

const PARTS = { idle, latency, jobs, all, log, poll };
for (const part of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS)) await PARTS[part]();
