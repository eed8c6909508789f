// A headless Chromium for the tests, and what they look at in the pages.
import { chromium } from 'playwright-core';

export async function launch() {
  return chromium.launch({
    executablePath: process.env.HEATERS_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

export class Failure extends Error {}

export function check(condition, message) {
  if (!condition) throw new Failure(message);
}

// A page whose own errors are failures of the test: what scripts throw, and what the security policy refuses.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const isExpected = /Failed to load resource/.test(message.text());
    if (message.type() === 'error' && !isExpected) page.problems.push(`console: ${message.text()}`);
  });
  return page;
}

export function stage(page) {
  return page.evaluate(() => {
    // Nothing yet while the page is loading.
    const element = document.querySelector('[data-testid=stage]');
    const { frame = -1, playing, clip = '', begin = -1, end = -1, source = '' } = element?.dataset ?? {};
    return {
      frame: Number(frame),
      isPlaying: playing === 'true',
      clip,
      begin: Number(begin),
      end: Number(end),
      source,
    };
  });
}

// Waits until the stage fits; fails with what it shows instead.
export async function waitForStage(page, fits, what, timeout = 10_000) {
  const until = Date.now() + timeout;
  let now;
  for (;;) {
    now = await stage(page);
    if (fits(now)) return now;
    if (Date.now() > until) throw new Failure(`${what}: the stage shows ${JSON.stringify(now)}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

// Runs in the page: the number that the picture on the canvas carries in its lower edge.
export function readNumber({ bits, width, height, rotation }) {
  const canvas = document.querySelector('[data-testid=stage] canvas');
  const context = canvas.getContext('2d');
  // Pictures may be shown turned, and scaled.
  const isTurned = rotation % 180 !== 0;
  const scaleX = canvas.width / (isTurned ? height : width);
  const scaleY = canvas.height / (isTurned ? width : height);
  let carried = 0;
  for (let bit = 0; bit < bits; ++bit) {
    const x = ((2 * bit + 1) * width) / (2 * bits);
    const y = height - 6;
    const at = {
      0: [x, y],
      90: [height - y, x],
      180: [width - x, height - y],
      270: [y, width - x],
    }[rotation];
    const [red, green, blue] = context.getImageData(Math.round(at[0] * scaleX), Math.round(at[1] * scaleY), 1, 1).data;
    if (red + green + blue > 3 * 128) carried |= 1 << bit;
  }
  return carried;
}

export async function api(base, path, options = {}) {
  const response = await fetch(base + path, {
    ...options,
    headers: { 'Content-Type': 'application/json', ...options.headers },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
  const text = await response.text();
  check(response.ok, `${options.method ?? 'GET'} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

// Takes pictures of a page into a folder, in both themes, since neither may be forgotten; without a folder none.
export function pictureTaker(page, folder) {
  return async (name) => {
    if (!folder) return;
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${folder}/${name}-${theme}.png` });
    }
    await page.emulateMedia({ colorScheme: null });
  };
}
