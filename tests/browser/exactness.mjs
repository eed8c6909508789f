// Is the frame on the screen the one that the page says, and the one that was wanted? Every frame of the videos
// carries its number, which is read back from the pixels. Usage: exactness.mjs CASES.json, which holds
// {"base": URL, "bits": N, "videos": [{"name", "id", "width", "height", "rotation"}]}.
import { readFile } from 'node:fs/promises';
import { api, check, Failure, launch, openPage, readNumbers, stage, waitForStage } from './browser.mjs';

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
    await this.page.keyboard.press('k');
    await this.page.keyboard.press('Home');
    const { begin } = await stage(this.page);
    await this.expect(begin, 'the first frame of the clip');
  }

  // Waits for the page to say that it shows the frame, then reads what it does show.
  async expect(frame, what) {
    await waitForStage(this.page, (now) => now.frame === frame && !now.isPlaying, `${what} (frame ${frame})`);
    const { carried, told, onScreen } = await readNumbers(this.page, cases.bits, this.video);
    ++this.looks;
    if (carried !== frame || told !== frame || onScreen !== frame) {
      this.wrong.push(`${what}: wanted ${frame}, the picture is ${carried}, the page says ${told}, its counter ${onScreen}`);
    }
  }

  async step(count, key, change) {
    let { frame } = await stage(this.page);
    for (let i = 0; i < count; ++i) {
      await this.page.keyboard.press(key);
      frame += change;
      await this.expect(frame, `step ${i + 1} by ${key}`);
    }
  }

  async jumpToBorders(clips) {
    for (let i = 1; i < clips.length; ++i) {
      await this.page.keyboard.press(']');
      await waitForStage(this.page, (now) => now.begin === clips[i].begin_frame, 'the next clip');
      await this.page.keyboard.press('k');
      await this.page.keyboard.press('End');
      await this.expect(clips[i].end_frame - 1, 'the last frame of the clip');
      await this.page.keyboard.press('Home');
      await this.expect(clips[i].begin_frame, 'the first frame of the clip');
    }
    for (let i = 1; i < clips.length; ++i) await this.page.keyboard.press('[');
    await waitForStage(this.page, (now) => now.begin === 0, 'the first clip');
    await this.page.keyboard.press('k');
    await this.page.keyboard.press('Home');
    await this.expect(0, 'the first frame');
  }

  // Every frame that is drawn while the clip plays is of the clip, and the one that the page says.
  async watch(milliseconds) {
    const seen = await this.page.evaluate(
      async ([time, bits, width, height, rotation]) => {
        const element = document.querySelector('[data-testid=stage]');
        const canvas = element.querySelector('canvas');
        const context = canvas.getContext('2d', { willReadFrequently: true });
        const frames = [];
        const read = () => {
          if (rotation !== 0) return Number(element.dataset.frame);
          let number = 0;
          for (let bit = 0; bit < bits; ++bit) {
            const x = Math.round((((2 * bit + 1) * width) / (2 * bits)) * (canvas.width / width));
            const y = Math.round((height - 6) * (canvas.height / height));
            if (context.getImageData(x, y, 1, 1).data[0] > 128) number |= 1 << bit;
          }
          return number;
        };
        const observer = new MutationObserver(() => {
          const { frame, begin, end } = element.dataset;
          frames.push({ told: Number(frame), carried: read(), begin: Number(begin), end: Number(end) });
        });
        observer.observe(element, { attributes: true, attributeFilter: ['data-frame'] });
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'l', bubbles: true }));
        await new Promise((done) => setTimeout(done, time));
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', bubbles: true }));
        observer.disconnect();
        return frames;
      },
      [milliseconds, cases.bits, this.video.width, this.video.height, this.video.rotation],
    );
    check(seen.length > 5, `only ${seen.length} frames were played`);
    for (const { told, carried, begin, end } of seen) {
      ++this.looks;
      if (told !== carried || told < begin || told >= end) {
        this.wrong.push(`while playing [${begin}, ${end}): the picture is ${carried}, the page says ${told}`);
      }
    }
  }

  async split() {
    const { begin, end } = await stage(this.page);
    await this.page.keyboard.press('Home');
    await this.expect(begin, 'before the split');
    const frame = begin + Math.floor((end - begin) / 3);
    await this.step(frame - begin, 'ArrowRight', 1);
    await this.page.keyboard.press('c');
    await waitForStage(this.page, (now) => now.begin === frame && now.end === end, `the split at ${frame}`);
    await this.page.keyboard.press('k');
    await this.page.keyboard.press('Home');
    await this.expect(frame, 'the first frame of the new clip');
    const { clips } = await api(cases.base, `/api/v1/videos/${this.video.id}/clips`);
    check(
      clips.some((clip) => clip.begin_frame === frame && clip.end_frame === end),
      `the server has no clip that begins at ${frame}`,
    );
    await this.page.keyboard.press('z');
    await waitForStage(this.page, (now) => now.begin === begin && now.end === end, 'the undo of the split');
    await this.page.keyboard.press('k');
  }
}

async function examine(browser, video) {
  const page = await openPage(browser);
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
  const problems = page.problems;
  await page.context().close();
  return { looks: decoder.looks + element.looks, wrong: [...decoder.wrong, ...element.wrong, ...problems] };
}

const browser = await launch();
let failures = 0;
for (const video of cases.videos) {
  const began = Date.now();
  try {
    const { looks, wrong } = await examine(browser, video);
    console.log(`${video.name}: ${looks} looks, ${wrong.length} wrong, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    for (const each of wrong.slice(0, 10)) console.log(`  ${each}`);
    failures += wrong.length;
  } catch (error) {
    ++failures;
    console.log(`${video.name}: ${error instanceof Failure ? error.message : error.stack}`);
  }
}
await browser.close();
process.exit(failures === 0 ? 0 : 1);
