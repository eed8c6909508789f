// graphile.mjs DATABASE_URL COUNT - graphile-worker: inserts/s, jobs/s, latency as JSON.
// It drops and rebuilds the schema graphile_worker in that database.
import { EventEmitter } from "node:events";
import { URL, COUNT, about, db, insertAll, latency, sleep, sweep } from "./bench.mjs";

process.env.NO_LOG_SUCCESS = "1"; // else one log line per job; read when the package loads
const { Logger, makeWorkerUtils, run } = await import("graphile-worker");
const logger = new Logger(() => (level, message) => {
  if (level === "error" || level === "warning") console.error(level, message);
});

await db.query("drop schema if exists graphile_worker cascade");
const utils = await makeWorkerUtils({ preset: { worker: { connectionString: URL, maxPoolSize: 4, logger } } });
await utils.migrate();
const JOBS = "graphile_worker._private_jobs";
const empty = async () => (await db.query(`select 1 from ${JOBS} limit 1`)).rowCount === 0;

const make = (n) => ({ identifier: "noop", payload: { n } });
// addJobs() hands every row back; the SQL function it calls can be asked not to.
const ADD = `select count(*) from graphile_worker.add_jobs(
  array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`;
const insert = ({ sql, ...setting }) => insertAll(setting, make, (batch) => sql
  ? utils.withPgClient((client) => client.query(ADD, [JSON.stringify(batch)])) : utils.addJobs(batch));

const worker = ({ pools = 1, localQueue, ...options }, taskList) =>
  Array.from({ length: pools }, () => {
    const events = new EventEmitter();
    const asked = new Promise((r) => events.once("worker:getJob:start", () => r(performance.now())));
    const runner = run({ taskList, parsedCronItems: [], noHandleSignals: true, events, preset: { worker: {
      connectionString: URL, logger, ...options, ...(localQueue && { localQueue: { size: localQueue } }) } } });
    return { asked, runner };
  });

// COUNT jobs, timed from a worker's first request for one to the last row deleted:
// completion is not awaited by the worker, so the table decides when all is done.
async function work(setting) {
  await db.query(`truncate ${JOBS}`);
  await insert({ batch: 2000, lanes: 2 });
  await db.query(`vacuum analyze ${JOBS}`);
  let ran = 0, allRan;
  const done = new Promise((r) => { allRan = r; });
  const pools = worker(setting, { noop: () => { if (++ran === COUNT) allRan(); } });
  const t0 = Math.min(...(await Promise.all(pools.map((p) => p.asked))));
  await done;
  for (let i = 0; i < 10_000 && !(await empty()); i++) await sleep(2);
  const rate = (COUNT * 1000) / (performance.now() - t0);
  for (const p of pools) await (await p.runner).stop();
  if (ran !== COUNT || !(await empty())) throw new Error(`${ran} of ${COUNT} jobs ran`);
  return rate;
}

const out = await about("graphile-worker");
const batches = [500, 2000, 10000].flatMap((batch) => [1, 2, 4].map((lanes) => ({ batch, lanes })));
const freshInsert = async (setting) => { await db.query(`truncate ${JOBS}`); return insert(setting); };
out.insert = await sweep("insert", batches, freshInsert);
out.insert_sql = await sweep("insert_sql", batches.map((s) => ({ ...s, sql: true })), freshInsert);
// Each completion its own DELETE and commit; the fetch one by one, or through the local queue.
out.ack_each = await sweep("ack_each", [4, 8, 16, 24, 48].map((c) => ({ concurrentJobs: c, maxPoolSize: c + 2 })), work);
out.ack_each_local_queue = await sweep("ack_each_local_queue", [
  { concurrentJobs: 8, maxPoolSize: 10, localQueue: 100 },
  { concurrentJobs: 24, maxPoolSize: 26, localQueue: 500 },
  { concurrentJobs: 24, maxPoolSize: 10, localQueue: 500 },
  { concurrentJobs: 24, maxPoolSize: 50, localQueue: 500 },
], work);
// Local queue, and completions gathered in one DELETE (the worker's documented fast way).
out.ack_batched = await sweep("ack_batched", [
  { concurrentJobs: 24, maxPoolSize: 25, localQueue: 500 },
  { concurrentJobs: 24, maxPoolSize: 25, localQueue: 2000 },
  { concurrentJobs: 100, maxPoolSize: 10, localQueue: 1000 },
  { concurrentJobs: 100, maxPoolSize: 10, localQueue: 4000 },
  { concurrentJobs: 24, maxPoolSize: 10, localQueue: 500, pools: 2 },
  { concurrentJobs: 100, maxPoolSize: 10, localQueue: 2000, pools: 2 },
].map((s) => ({ ...s, completeJobBatchDelay: 0, failJobBatchDelay: 0 })), work);

await db.query(`truncate ${JOBS}`);
const lat = latency();
const [idle] = worker({ concurrentJobs: 4, maxPoolSize: 6 }, { noop: ({ n }) => lat.started(n) });
const runner = await idle.runner;
await sleep(1000); // LISTEN is in place
out.latency = await lat.run((n) => utils.addJob("noop", { n }));
await runner.stop();
await utils.release();
await db.end();
console.log(JSON.stringify(out));
