// A first day with the product, in the browser alone: an empty library, a file, its progress, a review by keys, a
// reload. Usage: flow.mjs ARGUMENT.json, which holds {"base": URL, "file": PATH, "pictures": FOLDER or null}.
import { readFile } from 'node:fs/promises';
import { api, check, launch, openPage, pictureTaker, stage, waitForStage } from './browser.mjs';

const { base, file, pictures } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const browser = await launch();
const page = await openPage(browser);

const picture = pictureTaker(page, pictures);

const decisions = async (id) =>
  (await api(base, `/api/v1/videos/${id}/clips`)).clips.map((clip) => clip.decision ?? 'undecided').join(' ');

async function waitForDecisions(id, wanted) {
  let now = '';
  for (let i = 0; i < 200; ++i) {
    now = await decisions(id);
    if (now === wanted) return;
    await page.waitForTimeout(20);
  }
  check(false, `the decisions are "${now}", not "${wanted}"`);
}

await page.goto(base);
await page.waitForSelector('text=No videos yet');
await picture('library-empty');

// The first connection of the upload is cut in the middle of a piece; the page goes on by itself.
let isCut = false;
await page.route('**/api/v1/uploads/*', async (route) => {
  if (route.request().method() !== 'PATCH' || isCut) return route.continue();
  isCut = true;
  await route.abort('connectionreset');
});
await page.setInputFiles('[data-testid=files]', file);
await page.waitForSelector('[data-testid=upload]');
const progress = await page.waitForSelector('[data-testid=progress]', { timeout: 30_000 });
check(/\/s/.test(await progress.textContent()), 'the progress tells no rate');
await picture('library-working');
check(isCut, 'the upload was not cut');
await page.waitForSelector('[data-testid=video][data-state=ready]', { timeout: 60_000 });
const { videos } = await api(base, '/api/v1/videos');
check(videos.length === 1, `${videos.length} videos were made of one file`);
const id = videos[0].video_id;
await page.hover('.poster');
await page.waitForSelector('.poster .cover');
await picture('library-ready');

// All clips, with keys only.
await page.goto(`${base}/review`);
await waitForStage(page, (now) => now.frame >= 0 && now.clip !== '', 'the first clip');
await page.waitForTimeout(800);
await picture('review');
const count = videos[0].clips;
check(count >= 3, `the video has ${count} clips only`);
const first = await stage(page);
await page.keyboard.press('a');
await waitForStage(page, (now) => now.begin === first.end, 'the clip after the first');
await page.keyboard.press('s');
await waitForStage(page, (now) => now.begin > first.end, 'the third clip');
for (let i = 2; i < count; ++i) {
  const before = await stage(page);
  await page.keyboard.press('x');
  if (i + 1 < count) await waitForStage(page, (now) => now.clip !== before.clip, 'the next clip');
}
await page.waitForSelector('[data-testid=done]');
await picture('review-done');
const all = ['approved', 'skipped', ...Array(count - 2).fill('archived')].join(' ');
await waitForDecisions(id, all);

// Undone and done again, as often as one likes.
for (let i = 0; i < count; ++i) await page.keyboard.press('z');
await waitForDecisions(id, Array(count).fill('undecided').join(' '));
for (let i = 0; i < count; ++i) await page.keyboard.press('Shift+z');
await waitForDecisions(id, all);

// Cut, merged, grouped.
await page.goto(`${base}/review/${id}`);
await waitForStage(page, (now) => now.frame >= 0 && now.clip !== '', 'the video');
await page.keyboard.press('k');
while ((await stage(page)).begin > 0) {
  const before = await stage(page);
  await page.keyboard.press('[');
  await waitForStage(page, (now) => now.begin < before.begin, 'the clip before');
}
await page.keyboard.press('k');
await page.keyboard.press('Home');
await waitForStage(page, (now) => now.frame === 0, 'frame 0');
for (let i = 0; i < 3; ++i) await page.keyboard.press('Shift+ArrowRight');
await waitForStage(page, (now) => now.frame === 30, 'frame 30');
await page.keyboard.press('c');
await waitForStage(page, (now) => now.begin === 30, 'the new clip');
await page.keyboard.press('m');
await waitForStage(page, (now) => now.begin === 0 && now.end === first.end, 'the merged clip');
await page.keyboard.press(']');
await waitForStage(page, (now) => now.begin === first.end, 'the second clip');
await page.keyboard.press('g');
await waitForDecisions(id, ['approved', 'approved', ...Array(count - 2).fill('archived')].join(' '));
for (let i = 0; i < 3; ++i) await page.keyboard.press('z');
await waitForDecisions(id, all);
await page.keyboard.press('?');
await page.waitForSelector('dialog[open]');
await picture('keys');
await page.keyboard.press('Escape');

await page.reload();
await waitForStage(page, (now) => now.frame >= 0, 'the video after a reload');
await page.waitForSelector('.history li.done');

// The contact sheet: a range by keys, one decision, one undo.
await page.goto(`${base}/contact-sheet/${id}`);
await page.waitForSelector('[data-testid=card]');
await page.click('[data-testid=card] >> nth=0');
await page.keyboard.press('Shift+ArrowRight');
await page.keyboard.press('Shift+ArrowRight');
check((await page.textContent('[data-testid=selected]')).startsWith('3 of'), 'three clips are not selected');
await page.keyboard.press('a');
await waitForDecisions(id, ['approved', 'approved', 'approved', ...Array(count - 3).fill('archived')].join(' '));
await picture('contact-sheet');
await page.keyboard.press('z');
await waitForDecisions(id, all);

await page.goto(`${base}/jobs`);
await page.waitForSelector('[data-testid=queue]');
await page.click('[data-testid=queue] >> text=Pause');
await page.waitForSelector('text=paused');
await page.selectOption('[aria-label=State]', 'completed');
await page.waitForSelector('[data-testid=job]');
await picture('jobs');
await page.click('[data-testid=queue] >> text=Resume');
await page.waitForFunction(() => !document.body.textContent.includes('paused'));

// What the installation did, and its workers: one is there, and another when two are wanted.
await page.goto(`${base}/system`);
await page.waitForSelector('[data-testid=stage] >> text=ingest');
check((await page.textContent('[data-testid=throughput] .value')) === '1', 'the page does not tell of the video');
const stored = await page.textContent('[data-testid=storage] figcaption .value');
check(/MB$/.test(stored), `the page says that ${stored} are stored`);
await page.click('[data-testid=pool] button[aria-expanded]');
await page.waitForSelector('[data-testid=worker] >> text=running');
await picture('system');
await page.fill('[aria-label^="max of"]', '2');
await page.press('[aria-label^="max of"]', 'Tab');
await page.fill('[aria-label^="min of"]', '2');
await page.press('[aria-label^="min of"]', 'Tab');
await page.waitForFunction(() => document.querySelectorAll('[data-testid=worker] .badge.running').length === 2);
await page.click('text=Drain');
await page.waitForSelector('text=drained');

await page.setViewportSize({ width: 820, height: 1180 });
await page.goto(`${base}/review/${id}`);
await waitForStage(page, (now) => now.frame >= 0, 'the video on a tablet');
await picture('review-tablet');

check(page.problems.length === 0, page.problems.join('\n'));
await browser.close();
console.log('done');
