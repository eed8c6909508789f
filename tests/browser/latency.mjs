// How long a reviewer waits: from the press of a key to the next clip on screen, and to its first frame painted, over
// 100 decisions. Usage: latency.mjs ARGUMENT.json, which holds {"base": URL, "id": VIDEO, "pause": MILLISECONDS}.
import { readFile } from 'node:fs/promises';
import { api, check, launch, openPage, waitForStage } from './browser.mjs';

const { base, id, pause } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const decisions = 100;

// As many clips as are needed, of a few frames each.
for (;;) {
  const { clips } = await api(base, `/api/v1/videos/${id}/clips`);
  if (clips.filter((clip) => clip.decision === null).length > decisions) break;
  const longest = clips.reduce((a, b) => (b.end_frame - b.begin_frame > a.end_frame - a.begin_frame ? b : a));
  const { clip_id, begin_frame, end_frame, decision, is_grouped } = longest;
  await api(base, '/api/v1/decisions', {
    method: 'POST',
    body: {
      video_id: id,
      operation: 'split',
      clips: [{ clip_id, begin_frame, end_frame, decision, is_grouped }],
      frame: begin_frame + Math.floor((end_frame - begin_frame) / 2),
    },
  });
}

const browser = await launch();
const page = await openPage(browser);
await page.goto(`${base}/review?order=time`);
await waitForStage(page, (now) => now.frame >= 0 && now.clip !== '', 'the first clip');
await page.waitForTimeout(1500);

const times = await page.evaluate(
  async ([count, wait]) => {
    const element = document.querySelector('[data-testid=stage]');
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    const until = (fits) =>
      new Promise((done) => {
        if (fits()) return done();
        const observer = new MutationObserver(() => {
          if (!fits()) return;
          observer.disconnect();
          done();
        });
        observer.observe(element, { attributes: true });
      });
    const found = [];
    for (let i = 0; i < count; ++i) {
      const before = element.dataset.clip;
      const began = performance.now();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
      const since = async (fits) => {
        await until(fits);
        await painted();
        return performance.now() - began;
      };
      // Its first frame, or one that follows when it plays already; it may come with the state or after it.
      const isNext = () => element.dataset.clip !== before;
      const isInNext = () => {
        const frame = Number(element.dataset.frame);
        return isNext() && frame >= Number(element.dataset.begin) && frame < Number(element.dataset.end);
      };
      const [state, picture] = await Promise.all([since(isNext), since(isInNext)]);
      found.push({ state, picture });
      await new Promise((done) => setTimeout(done, wait));
    }
    return found;
  },
  [decisions, pause],
);
check(page.problems.length === 0, page.problems.join('\n'));
await browser.close();

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
for (const name of ['state', 'picture']) {
  const values = times.map((each) => each[name]);
  const figures = [0.5, 0.95, 1].map((share) => at(values, share).toFixed(1));
  console.log(`${name}: p50 ${figures[0]} ms, p95 ${figures[1]} ms, most ${figures[2]} ms`);
}
