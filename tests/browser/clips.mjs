// The Clips page: what is alike, what an image shows, duplicates, and exports with their proofs. Usage: clips.mjs
// ARGUMENT.json, which holds {"base": URL, "original": ID, "copy": ID, "image": PATH, "image_clip": NUMBER, "pictures": FOLDER or null}.
import { readFile } from 'node:fs/promises';
import { api, check, launch, openPage, pictureTaker } from './browser.mjs';

const { base, original, copy, image, image_clip, pictures } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const browser = await launch();
const page = await openPage(browser);

const picture = pictureTaker(page, pictures);
const clipsOf = async (id) => (await api(base, `/api/v1/videos/${id}/clips`)).clips;
const originals = await clipsOf(original);
const copies = await clipsOf(copy);
check(originals.length === copies.length && originals.length >= 5, `there are ${originals.length} and ${copies.length} clips`);
const tiles = () => page.$$eval('[data-testid=tile]', (all) => all.map((each) => each.dataset.clip));
async function waitForTiles(fits, what) {
  let now = [];
  for (let i = 0; i < 300; ++i) {
    now = await tiles();
    if (fits(now)) return now;
    await page.waitForTimeout(50);
  }
  check(false, `${what}: the tiles are ${now.join(' ')}`);
}

await page.goto(`${base}/clips`);
await waitForTiles((now) => now.length === 2 * originals.length, 'all clips');
await picture('clips');

// Under the pointer it plays, within its own frames.
const second = originals[1];
await page.hover(`[data-clip="${second.clip_id}"] .still`);
await page.waitForSelector(`[data-clip="${second.clip_id}"] video`);
const length = second.end_time - second.begin_time;
const seen = [];
for (let i = 0; i < 40; ++i) {
  seen.push(await page.$eval(`[data-clip="${second.clip_id}"] video`, (video) => (video.readyState >= 2 ? video.currentTime : -1)));
  await page.waitForTimeout(50);
}
const times = seen.filter((time) => time >= 0);
check(times.length > 10, 'it did not begin to play');
check(new Set(times).size > 3, `it stood still at ${times[0]}`);
check(
  times.every((time) => time >= second.begin_time - 0.001 && time <= second.begin_time + length + 0.3),
  `it played ${Math.min(...times)} to ${Math.max(...times)}, and the clip is ${second.begin_time} to ${second.end_time}`,
);
await page.mouse.move(0, 0);

// What is like it: itself, then its copy.
await page.click(`[data-clip="${second.clip_id}"] [aria-label^="Clips like"]`);
let alike = await waitForTiles((now) => now[0] === second.clip_id, 'clips like the second');
check(alike[1] === copies[1].clip_id, 'its copy does not come next');
const likeness = await page.$$eval('[data-testid=likeness]', (all) => all.map((each) => parseInt(each.textContent)));
check(likeness[0] === 100 && likeness[1] >= 90 && likeness[2] < 90, `the likenesses are ${likeness}`);
await picture('clips-alike');
const address = page.url();
check(address.includes(`like=${second.clip_id}`), `the address is ${address}`);
await page.goto(address);
const again = await waitForTiles((now) => now.length === alike.length, 'the same page again');
check(again.join() === alike.join(), 'a reload shows other clips');
await page.click('[aria-label="Show all clips again"]');
await waitForTiles((now) => now.length === 2 * originals.length && now[0] !== second.clip_id, 'all clips again');

// An image.
await page.setInputFiles('[data-testid=image]', image);
const wanted = [originals[image_clip].clip_id, copies[image_clip].clip_id];
await page.waitForSelector('[data-testid=query]');
alike = await waitForTiles((now) => wanted.includes(now[0]) && wanted.includes(now[1]), 'clips like the image');

// Duplicates: every clip with its copy.
await page.click('text=Duplicates');
await page.waitForSelector('[data-testid=group]');
const groups = await page.$$eval('[data-testid=group]', (all) =>
  all.map((group) => [...group.querySelectorAll('[data-testid=tile]')].map((tile) => tile.dataset.clip)),
);
check(groups.length === originals.length, `there are ${groups.length} groups`);
for (const [keeper, duplicate] of groups) {
  // The larger picture is kept.
  const at = originals.findIndex((clip) => clip.clip_id === keeper);
  check(at >= 0 && copies[at].clip_id === duplicate, 'a group is not a clip and its copy');
}
await picture('clips-duplicates');
await page.click('text=Duplicates');

// Filters.
await waitForTiles((now) => now.length === 2 * originals.length, 'all clips once more');
await page.selectOption('[aria-label="Decision"]', 'approved');
await page.waitForSelector('text=No clips here');
await page.selectOption('[aria-label="Decision"]', '');
await waitForTiles((now) => now.length === 2 * originals.length, 'any decision');

// Export two, follow them, take them home.
for (const clip of [originals[0], second]) await page.click(`[data-clip="${clip.clip_id}"] .still`);
check((await page.textContent('[data-testid=selected]')).startsWith('2 '), 'two clips are not selected');
await page.click('button:text-is("Export")');
await page.waitForFunction(
  () => document.querySelectorAll('[data-testid=export][data-state=ready]').length === 2,
  undefined,
  { timeout: 60_000 },
);
const proofs = await page.$$eval('[data-testid=export]', (all) => all.map((each) => each.textContent));
check(proofs.every((text) => /frames copied, \d+ encoded/.test(text)), `the proofs are ${proofs}`);
await picture('clips-exported');
const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-testid=download]')]);
const bytes = await readFile(await file.path());
check(bytes.subarray(4, 8).toString() === 'ftyp', 'what was taken home is no MP4');
check(/-\d+-\d+\.mp4$/.test(file.suggestedFilename()), `its name is ${file.suggestedFilename()}`);

// An edit list of the same two.
const [list] = await Promise.all([page.waitForEvent('download'), page.click('text=Edit list')]);
const edl = (await readFile(await list.path())).toString();
check(edl.startsWith('TITLE: Clips\nFCM: NON-DROP FRAME\n') && edl.includes('\n002  AX'), `the list is ${edl}`);

// Words, by a model that understands them: what stands in the address, and is what the API says.
await page.selectOption('[aria-label="Search by"]', 'colours');
await page.fill('[aria-label="Words for what is seen"]', 'something red');
await page.press('[aria-label="Words for what is seen"]', 'Enter');
await page.waitForSelector('[data-testid=query]:has-text("something red")');
const red = (await api(base, '/api/v1/clips?text=something+red&model=colours&limit=60')).clips.map((clip) => clip.clip_id);
check(red.length === 2 * originals.length, `words find ${red.length} clips`);
await waitForTiles((now) => now.join() === red.join(), 'clips that words find');
await picture('clips-words');
await page.reload();
await waitForTiles((now) => now.join() === red.join(), 'the same words again');

check(page.problems.length === 0, page.problems.join('\n'));
await browser.close();
console.log(`${originals.length} clips and their copies`);
