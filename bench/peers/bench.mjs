// What graphile.mjs and pgboss.mjs share: arguments, timing, sweeps, percentiles.
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import pg from "pg";

const [, script, url = process.env.DATABASE_URL, count = process.env.COUNT ?? "20000"] = process.argv;
if (!url || !(Number(count) > 0)) {
  console.error(`usage: node ${script} DATABASE_URL COUNT   (env: REPS, LATENCY_JOBS, LATENCY_RATE)`);
  process.exit(2);
}
export const URL = url;
export const COUNT = Number(count);
export const REPS = Number(process.env.REPS ?? 3); // runs of each winner; their median is reported
const LATENCY_JOBS = Number(process.env.LATENCY_JOBS ?? 300);
const LATENCY_RATE = Number(process.env.LATENCY_RATE ?? 20);

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
export const log = (...a) => console.error(...a);
export const db = new pg.Client(url); // the bench's own connection, never timed
await db.connect();

const version = (name) =>
  JSON.parse(readFileSync(new globalThis.URL(`./node_modules/${name}/package.json`, import.meta.url))).version;
export async function about(peer) {
  const { rows: [s] } = await db.query(`select current_setting('server_version') v, current_setting('fsync') fsync,
    current_setting('synchronous_commit') sc`);
  return { peer, version: version(peer), node: process.version, postgres: s.v, fsync: s.fsync,
    synchronous_commit: s.sc, cpus: cpus().length, load_before: loadavg()[0], count: COUNT };
}

// A deadline for every wait, so that a stuck peer ends the run instead of hanging it.
export function deadline(promise, what, ms = 120_000) {
  let t;
  const late = new Promise((_, no) => { t = setTimeout(() => no(new Error(`${what}: no end in ${ms} ms`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(t));
}

// Cut COUNT jobs in batches and have `lanes` writers insert them; jobs per second.
export async function insertAll({ batch, lanes }, make, insert) {
  const batches = [];
  for (let i = 0; i < COUNT; i += batch)
    batches.push(Array.from({ length: Math.min(batch, COUNT - i) }, (_, j) => make(i + j)));
  const t0 = performance.now();
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let b; (b = batches.pop()); ) await insert(b);
  }));
  return (COUNT * 1000) / (performance.now() - t0);
}

// Try each setting once (measure(setting) gives jobs/s), run the best REPS - 1 times more.
export async function sweep(what, settings, measure) {
  const tried = [];
  for (const setting of settings) {
    const rate = await deadline(measure(setting), what);
    tried.push({ ...setting, rate: Math.round(rate) });
    log(what, JSON.stringify(tried.at(-1)));
  }
  const best = tried.reduce((a, b) => (b.rate > a.rate ? b : a));
  const rates = [best.rate];
  for (let i = 1; i < REPS; i++)
    rates.push(Math.round(await deadline(measure(settings[tried.indexOf(best)]), what)));
  rates.sort((a, b) => a - b);
  const { rate, ...setting } = best;
  return { rate: rates[(rates.length - 1) >> 1], best: setting, rates, tried };
}

// Single jobs at a steady rate to an idle worker: `send(n)` enqueues job n, the task
// calls `started(n)`. Time runs from before the enqueue call to the task's first line.
export function latency() {
  const sent = [], took = [];
  return {
    started: (n) => took.push(performance.now() - sent[n]),
    async run(send) {
      const begin = performance.now();
      for (let n = 0; n < LATENCY_JOBS; n++) {
        await sleep(begin + (n * 1000) / LATENCY_RATE - performance.now());
        sent[n] = performance.now();
        await send(n);
      }
      for (let i = 0; i < 1000 && took.length < LATENCY_JOBS; i++) await sleep(10);
      if (took.length !== LATENCY_JOBS) throw new Error(`${took.length} of ${LATENCY_JOBS} jobs started`);
      took.sort((a, b) => a - b);
      const at = (p) => Number(took[Math.ceil(p * took.length) - 1].toFixed(2));
      return { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1), jobs: LATENCY_JOBS, per_second: LATENCY_RATE };
    },
  };
}
