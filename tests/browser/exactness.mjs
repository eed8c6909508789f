// Is the frame on the screen the one that the page says, and the one that was wanted? Every frame of the videos
// carries its number, which is read back from the pixels. Usage: exactness.mjs CASES.json, which holds
// {"base": URL, "browser": name of an engine, "bits": N, "videos": [{"name", "id", "width", "height", "rotation"}]}.
import { readFile } from 'node:fs/promises';
import { api, check, Failure, readNumber, stage, waitForStage } from './browser.mjs';
import { engines } from './engines.mjs';

// The text of a function is all that goes to the page: with it goes what it calls.
function withCalled(main, ...called) {
  return new Function('argument', `${called.map(String).join('\n')}\nreturn (${main})(argument);`);
}

function readPage(picture) {
  const told = Number(document.querySelector('[data-testid=stage]').dataset.frame);
  const onScreen = Number(document.querySelector('[data-testid=frame-number]').textContent);
  return { told, onScreen, carried: readNumber(picture) };
}

async function stepAndRead({ press, frames, ...picture }) {
  const element = document.querySelector('[data-testid=stage]');
  const seen = [];
  for (const wanted of frames) {
    document.body.dispatchEvent(new KeyboardEvent('keydown', press));
    const until = performance.now() + 10_000;
    while (Number(element.dataset.frame) !== wanted && performance.now() < until) {
      await new Promise((done) => setTimeout(done, 1));
    }
    // What the page says is its text one turn later.
    await new Promise((done) => setTimeout(done, 0));
    seen.push({ wanted, ...readPage(picture) });
    if (seen.at(-1).told !== wanted) break;
  }
  return seen;
}

async function playAndRead({ time, ...picture }) {
  const element = document.querySelector('[data-testid=stage]');
  const frames = [];
  const observer = new MutationObserver(() => {
    const { frame, begin, end } = element.dataset;
    frames.push({ told: Number(frame), carried: readNumber(picture), begin: Number(begin), end: Number(end) });
  });
  observer.observe(element, { attributes: true, attributeFilter: ['data-frame'] });
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'l', bubbles: true }));
  await new Promise((done) => setTimeout(done, time));
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', bubbles: true }));
  observer.disconnect();
  return frames;
}

const cases = JSON.parse(await readFile(process.argv[2], 'utf8'));

class VideoCheck {
  looks = 0;
  wrong = [];

  constructor(page, video) {
    this.page = page;
    this.video = video;
  }

  async open(query) {
    await this.page.goto(`${cases.base}/review/${this.video.id}${query}`);
    await waitForStage(this.page, (now) => now.frame >= 0 && now.source !== '', 'the first frame');
    await this.page.press('k');
    await this.page.press('Home');
    const { begin } = await stage(this.page);
    await this.expect(begin, 'the first frame of the clip');
  }

  picture() {
    const { width, height, rotation } = this.video;
    return { bits: cases.bits, width, height, rotation };
  }

  // Waits for the page to say that it shows the frame, then reads what it does show.
  async expect(frame, what) {
    await waitForStage(this.page, (now) => now.frame === frame && !now.isPlaying, `${what} (frame ${frame})`);
    this.judge(what, frame, await this.page.evaluate(withCalled(readPage, readNumber), this.picture()));
  }

  judge(what, frame, { carried, told, onScreen }) {
    ++this.looks;
    if (carried !== frame || told !== frame || onScreen !== frame) {
      this.wrong.push(`${what}: wanted ${frame}, the picture is ${carried}, the page says ${told}, its counter ${onScreen}`);
    }
  }

  // In the page, where a look costs no way to the driver and back.
  async step(count, key, change) {
    const { frame } = await stage(this.page);
    const [name, held] = key.split('+').reverse();
    const seen = await this.page.evaluate(withCalled(stepAndRead, readPage, readNumber), {
      ...this.picture(),
      press: { key: name, shiftKey: held === 'Shift', bubbles: true },
      frames: Array.from({ length: count }, (_, i) => frame + (i + 1) * change),
    });
    for (const { wanted, carried, told, onScreen } of seen) this.judge(`a step by ${key}`, wanted, { carried, told, onScreen });
    check(seen.length === count, `${seen.length} of ${count} steps by ${key} were done`);
  }

  async jumpToBorders(clips) {
    for (let i = 1; i < clips.length; ++i) {
      await this.page.press(']');
      await waitForStage(this.page, (now) => now.begin === clips[i].begin_frame, 'the next clip');
      await this.page.press('k');
      await this.page.press('End');
      await this.expect(clips[i].end_frame - 1, 'the last frame of the clip');
      await this.page.press('Home');
      await this.expect(clips[i].begin_frame, 'the first frame of the clip');
    }
    for (let i = 1; i < clips.length; ++i) await this.page.press('[');
    await waitForStage(this.page, (now) => now.begin === 0, 'the first clip');
    await this.page.press('k');
    await this.page.press('Home');
    await this.expect(0, 'the first frame');
  }

  // Every frame that is drawn while the clip plays is of the clip, and the one that the page says.
  async watch(milliseconds) {
    const seen = await this.page.evaluate(withCalled(playAndRead, readNumber), { time: milliseconds, ...this.picture() });
    check(seen.length > 3, `only ${seen.length} frames were played`);
    for (const { told, carried, begin, end } of seen) {
      ++this.looks;
      if (told !== carried || told < begin || told >= end) {
        this.wrong.push(`while playing [${begin}, ${end}): the picture is ${carried}, the page says ${told}`);
      }
    }
  }

  async split() {
    const { begin, end } = await stage(this.page);
    await this.page.press('Home');
    await this.expect(begin, 'before the split');
    const frame = begin + Math.floor((end - begin) / 3);
    await this.step(frame - begin, 'ArrowRight', 1);
    await this.page.press('c');
    await waitForStage(this.page, (now) => now.begin === frame && now.end === end, `the split at ${frame}`);
    await this.page.press('k');
    await this.page.press('Home');
    await this.expect(frame, 'the first frame of the new clip');
    const { clips } = await api(cases.base, `/api/v1/videos/${this.video.id}/clips`);
    check(
      clips.some((clip) => clip.begin_frame === frame && clip.end_frame === end),
      `the server has no clip that begins at ${frame}`,
    );
    await this.page.press('z');
    await waitForStage(this.page, (now) => now.begin === begin && now.end === end, 'the undo of the split');
    await this.page.press('k');
  }
}

async function examine(browser, video) {
  const page = await browser.open();
  const decoder = new VideoCheck(page, video);
  const { clips } = await api(cases.base, `/api/v1/videos/${video.id}/clips`);
  await decoder.open('');
  const { source } = await stage(page);
  check(source === 'decoder', `single frames come from the ${source}`);
  await decoder.step(100, 'ArrowRight', 1);
  await decoder.step(100, 'ArrowLeft', -1);
  await decoder.step(5, 'Shift+ArrowRight', 10);
  await decoder.jumpToBorders(clips);
  await decoder.split();
  await decoder.watch(1500);

  const element = new VideoCheck(page, video);
  await element.open('?decoder=off');
  check((await stage(page)).source === 'element', 'the player was not used alone');
  await element.step(12, 'ArrowRight', 1);
  await element.step(12, 'ArrowLeft', -1);
  await element.jumpToBorders(clips);
  const { problems } = page;
  await page.close();
  return { looks: decoder.looks + element.looks, wrong: [...decoder.wrong, ...element.wrong, ...problems] };
}

// WebKitGTK's process for pages breaks now and then by itself; that is no word about a frame. Then another begins.
const mostAttempts = 8;
let browser = await engines[cases.browser]();
let failures = 0;
for (const video of cases.videos) {
  for (let attempt = 1; ; ++attempt) {
    const began = Date.now();
    try {
      const { looks, wrong } = await examine(browser, video);
      console.log(`${video.name}: ${looks} looks, ${wrong.length} wrong, ${((Date.now() - began) / 1000).toFixed(1)} s`);
      for (const each of wrong.slice(0, 10)) console.log(`  ${each}`);
      failures += wrong.length;
      break;
    } catch (error) {
      const isBroken = !(error instanceof Failure) && attempt < mostAttempts;
      console.log(`${video.name}: ${isBroken ? `attempt ${attempt} broke off: ${error.message}` : error.stack}`);
      await browser.close().catch(() => undefined);
      browser = await engines[cases.browser]();
      if (isBroken) continue;
      ++failures;
      break;
    }
  }
}
await browser.close();
process.exit(failures === 0 ? 0 : 1);
