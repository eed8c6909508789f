// Do exported files play from start to end, do they show the frames of their span and no others, and can one seek in
// them? Every frame carries its number. A busy player drops frames, the last ones too: so not all need be seen while
// it plays, and the first and the last are looked at where the player stands still. Usage: plays.mjs CASES.json, which
// holds {"browser": name of an engine, "bits": N, "rate": how fast, "at_once": how many side by side, "files":
// [{"name", "path", "type", "begin", "end", "width", "height"}]}; width and height are of the picture that bears the
// number, in the upper left of what is shown; "has_sound" is optional.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { engines } from './engines.mjs';

const mostTries = 5;
const { browser, bits, rate = 1, at_once: atOnce = 1, files } = JSON.parse(await readFile(process.argv[2], 'utf8'));

// Files by number, in parts as players want them.
const server = createServer(async (request, response) => {
  const file = files[Number(request.url.slice(1))];
  if (!file) {
    response.setHeader('Content-Type', 'text/html');
    return response.end('<!doctype html><title>clips</title>');
  }
  const { size } = await stat(file.path);
  const [, first, last] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? 'bytes=0-');
  const start = Number(first);
  const end = Math.min(last ? Number(last) : size - 1, size - 1);
  response.writeHead(request.headers.range ? 206 : 200, {
    'Content-Type': file.type,
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    'Content-Range': `bytes ${start}-${end}/${size}`,
  });
  createReadStream(file.path, { start, end }).on('error', () => response.destroy()).pipe(response);
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));

// Runs in the page.
async function playAll({ files, bits, rate }) {
  async function playThrough({ url, last, width, height }) {
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    document.body.append(video);
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    // The number of the frame that is shown; undefined while nothing is painted yet, whose pixels are transparent.
    const read = () => {
      context.clearRect(0, 0, width, 1);
      context.drawImage(video, 0, height - 6, width, 1, 0, 0, width, 1);
      const { data } = context.getImageData(0, 0, width, 1);
      let number = 0;
      for (let bit = 0; bit < bits; ++bit) {
        const at = 4 * Math.floor(((2 * bit + 1) * width) / (2 * bits));
        if (data[at + 3] === 0) return undefined;
        if (data[at] + data[at + 1] + data[at + 2] > 3 * 128) number += 2 ** bit;
      }
      return number;
    };
    const outcome = (what, milliseconds, event) =>
      new Promise((done) => {
        let timer;
        const end = (text) => {
          clearTimeout(timer);
          done(text);
        };
        // For as long as it gets on, it is only slow.
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(() => end(`nothing came of ${what} within ${milliseconds} ms`), milliseconds);
        };
        wait();
        video.addEventListener('timeupdate', wait);
        video.addEventListener(event, () => end(''), { once: true });
        video.addEventListener('error', () => end(`${what}: ${video.error?.message || video.error?.code}`), { once: true });
      });
    // A busy player paints late: waits until what stands there is such a frame, and says whether it came.
    const shows = async (isSuch, milliseconds) => {
      const begun = performance.now();
      while (!isSuch(read())) {
        if (performance.now() - begun > milliseconds) return false;
        await new Promise((done) => setTimeout(done, 20));
      }
      return true;
    };
    const loaded = outcome('loading', 20_000, 'loadeddata');
    video.defaultPlaybackRate = rate;
    video.src = url;
    const problem = await loaded;
    if (problem) return { problem };
    canvas.width = width;
    canvas.height = 1;
    const numbers = [];
    const note = () => {
      const number = read();
      if (number !== undefined && numbers.at(-1) !== number) numbers.push(number);
    };
    if (!(await shows((number) => number !== undefined, 20_000))) {
      return { problem: 'nothing came of painting within 20000 ms' };
    }
    note();
    let isOver = false;
    const again = () => {
      if (isOver) return;
      note();
      next();
    };
    const next = () =>
      video.requestVideoFrameCallback ? video.requestVideoFrameCallback(again) : requestAnimationFrame(again);
    next();
    const ended = outcome('playing', 20_000, 'ended');
    video.play().catch(() => undefined);
    const failure = await ended;
    isOver = true;
    const seek = async (part) => {
      const sought = outcome(`seeking to ${part} of it`, 20_000, 'seeked');
      video.currentTime = part * video.duration;
      return sought;
    };
    if (!failure && numbers.at(-1) !== last) {
      const problem = await seek(1);
      if (problem) return { problem };
      await shows((number) => number === last, 10_000);
      note();
    }
    const soughtNumbers = [];
    for (const part of failure ? [] : [0.6, 0.3]) {
      const problem = await seek(part);
      if (problem) return { problem };
      await shows((number) => number !== undefined, 10_000);
      soughtNumbers.push(read());
    }
    if (video.error) return { problem: `after seeking: ${video.error.message || video.error.code}` };
    // Only Chromium tells.
    const isSilent = video.webkitAudioDecodedByteCount === 0;
    return { problem: failure, numbers, soughtNumbers, isSilent };
  }
  return Promise.all(files.map(playThrough));
}

function verdict({ begin, end, has_sound: hasSound }, { problem, numbers, soughtNumbers, isSilent }) {
  if (problem) return problem;
  if (hasSound && isSilent) return 'has no sound';
  const wrong = numbers.filter((number) => number < begin || number >= end);
  if (wrong.length > 0) return `shows ${wrong.slice(0, 5)} among ${numbers}`;
  const back = numbers.find((number, i) => i > 0 && number <= numbers[i - 1]);
  if (back !== undefined) return `goes back to ${back} among ${numbers}`;
  if (numbers[0] !== begin || numbers.at(-1) !== end - 1) return `shows ${numbers[0]} to ${numbers.at(-1)}`;
  if (soughtNumbers.some((number) => !(number >= begin && number < end))) return `shows ${soughtNumbers} after seeking`;
  return '';
}

const engine = await engines[browser]();
let failed = 0;
try {
  const page = await engine.open();
  const base = `http://127.0.0.1:${server.address().port}`;
  for (let first = 0; first < files.length; first += atOnce) {
    // A player that stands still (WebKitGTK does, now and then) is started again. One that goes back is, once, as
    // Chromium's painting does when it comes late: a file that is out of order is so every time. Wrong frames are
    // wrong at once.
    let waiting = [...files.keys()].slice(first, first + atOnce);
    const wentBack = new Set();
    for (let tries = 0; tries < mostTries && waiting.length > 0; ++tries) {
      await page.goto(`${base}/page`);
      const asked = waiting.map((index) => ({ ...files[index], last: files[index].end - 1, url: `${base}/${index}` }));
      const all = await page.evaluate(playAll, { files: asked, bits, rate });
      const again = [];
      for (const [i, index] of waiting.entries()) {
        const file = files[index];
        const problem = verdict(file, all[i]);
        const isBack = problem.startsWith('goes back to');
        const mayPass = problem.startsWith('nothing came of') || (isBack && !wentBack.has(index));
        if (isBack) wentBack.add(index);
        if (mayPass) again.push(index);
        if (problem && (!mayPass || tries === mostTries - 1)) ++failed;
        const seen = `${all[i].numbers?.length} of ${file.end - file.begin} frames seen`;
        console.log(`${browser}: ${file.name}: ${problem || seen}`);
      }
      waiting = again;
    }
  }
} finally {
  await engine.close();
  server.close();
}
process.exitCode = failed > 0 ? 1 : 0;
