// pgboss.mjs DATABASE_URL COUNT - pg-boss: inserts/s, jobs/s, latency as JSON.
// It drops and rebuilds the schema pgboss in that database. Completed jobs are kept (the default).
import { URL, COUNT, about, db, deadline, insertAll, latency, log, sleep, sweep } from "./bench.mjs";
import { PgBoss } from "pg-boss";

await db.query("drop schema if exists pgboss cascade");
async function start(options) {
  const boss = new PgBoss({ connectionString: URL, max: 50, useListenNotify: true, ...options });
  boss.on("error", (e) => log("error", e.message));
  return boss.start();
}
const boss = await start();

// A fresh queue in a table of its own for each run, so that no run meets another's rows. (In the
// shared table, before its first ANALYZE, fetching one by one is some five times slower.)
let made = 0;
const stopLater = [];
async function fresh(use, options = {}) {
  const name = `noop_${++made}`;
  await boss.createQueue(name, { partition: true, ...options });
  try { return await use(name, `pgboss.${(await boss.getQueue(name)).table}`); } finally { await boss.deleteQueue(name); }
}
const insert = (name, setting) => insertAll(setting, (n) => ({ data: { n } }), (batch) => boss.insert(name, batch));

// COUNT jobs, timed from the first fetch to the last completion confirmed by the server.
// work: pg-boss's own workers (it completes what the handler got, in one statement).
// loop: `lanes` loops of fetch, then complete each job by itself or the whole array.
async function work({ how, each, ...options }) {
  return fresh(async (name, table) => {
    await insert(name, { batch: 2000, lanes: 2 });
    await db.query(`vacuum analyze ${table}`);
    let ran = 0, t0;
    if (how === "work") {
      // burstWhenReadyExceeds, its only way to work single jobs without a pause between them, goes
      // by a cached count of ready jobs: have it counted now and start an instance that reads it.
      const burst = options.burstWhenReadyExceeds;
      if (burst) await boss.supervise(name);
      const runs = burst ? await start({ supervise: false }) : boss;
      if (burst && (await runs.getQueue(name)).readyCount <= burst) throw new Error("ready jobs not counted");
      let allRan;
      const done = new Promise((r) => { allRan = r; });
      t0 = performance.now();
      await runs.work(name, { pollingIntervalSeconds: 0.5, ...options },
        async (jobs) => { if ((ran += jobs.length) === COUNT) allRan(); });
      await deadline(done, JSON.stringify(options));
      await runs.offWork(name, { wait: true }); // ends when each worker has completed its jobs
      if (burst) stopLater.push(runs);
    } else {
      t0 = performance.now();
      await Promise.all(Array.from({ length: options.lanes }, async () => {
        for (let jobs; (jobs = await boss.fetch(name, { batchSize: options.batchSize })).length; ran += jobs.length)
          if (each) await Promise.all(jobs.map((job) => boss.complete(name, job.id)));
          else await boss.complete(name, jobs.map((job) => job.id));
      }));
    }
    const rate = (COUNT * 1000) / (performance.now() - t0);
    const { rows: [{ n }] } = await db.query(`select count(*)::int n from ${table} where state = 'completed'`);
    for (let runs; (runs = stopLater.pop()); ) await runs.stop({ graceful: false });
    if (ran !== COUNT || n !== COUNT) throw new Error(`${ran} ran, ${n} completed of ${COUNT}`);
    return rate;
  });
}

const out = await about("pg-boss");
out.insert = await sweep("insert", [500, 2000, 10000].flatMap((batch) => [1, 2, 4].map((lanes) => ({ batch, lanes }))),
  (setting) => fresh((name) => insert(name, setting)));
// Each completion its own UPDATE and commit.
out.ack_each = await sweep("ack_each", [
  ...[8, 16, 24].map((c) => ({ how: "work", batchSize: 1, localConcurrency: c, burstWhenReadyExceeds: 1 })),
  ...[8, 16, 24].map((lanes) => ({ how: "loop", each: true, batchSize: 1, lanes })),
], work);
out.ack_each_batch_fetch = await sweep("ack_each_batch_fetch", [
  { how: "loop", each: true, batchSize: 50, lanes: 1 },
  { how: "loop", each: true, batchSize: 50, lanes: 2 },
  { how: "loop", each: true, batchSize: 20, lanes: 4 },
  { how: "loop", each: true, batchSize: 200, lanes: 2 },
], work);
out.ack_batched = await sweep("ack_batched", [
  ...[[100, 4], [500, 2], [500, 4], [1000, 2], [2000, 1], [2000, 2], [5000, 2]].map(([batchSize, localConcurrency]) =>
    ({ how: "work", batchSize, localConcurrency, burstWhenBatchFull: true })),
  ...[[500, 2], [2000, 2], [5000, 2]].map(([batchSize, lanes]) => ({ how: "loop", each: false, batchSize, lanes })),
], work);

const lat = latency();
out.latency = await fresh(async (name) => {
  await boss.work(name, { localConcurrency: 4, pollingIntervalSeconds: 0.5 },
    async ([job]) => lat.started(job.data.n));
  await sleep(2000); // LISTEN is in place
  const result = await lat.run((n) => boss.send(name, { n }));
  await boss.offWork(name, { wait: true });
  return result;
}, { notify: true });
await boss.stop({ graceful: false });
await db.end();
console.log(JSON.stringify(out));
