// The same page in the browsers of the field: Chromium by Playwright, Debian's Firefox ESR by Puppeteer (WebDriver
// BiDi), Debian's WebKitGTK by its own driver (WebDriver). Each gives the few operations that checks need:
//   goto(url), evaluate(function, argument), press(key), wait(milliseconds), problems, close()
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import puppeteer from 'puppeteer-core';
import { launch, openPage } from './browser.mjs';

export const engines = { chromium, firefox, webkit };

async function chromium() {
  const browser = await launch();
  return {
    async open() {
      const page = await openPage(browser);
      return {
        problems: page.problems,
        goto: (url) => page.goto(url),
        evaluate: (work, argument) => page.evaluate(work, argument),
        press: (key) => page.keyboard.press(key),
        wait: (milliseconds) => page.waitForTimeout(milliseconds),
        close: () => page.context().close(),
      };
    },
    close: () => browser.close(),
  };
}

async function firefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.HEATERS_FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: { 'media.autoplay.default': 0 },
  });
  return {
    async open() {
      const page = await browser.newPage();
      await page.setViewport({ width: 1280, height: 720 });
      const problems = [];
      page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
      return {
        problems,
        goto: (url) => page.goto(url),
        evaluate: (work, argument) => page.evaluate(work, argument),
        async press(key) {
          const [name, ...held] = key.split('+').reverse();
          for (const each of held) await page.keyboard.down(each);
          await page.keyboard.press(name);
          for (const each of held) await page.keyboard.up(each);
        },
        wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

// https://www.w3.org/TR/webdriver2/#keyboard-actions
const codes = { ArrowLeft: '\uE012', ArrowRight: '\uE014', Home: '\uE011', End: '\uE010', Shift: '\uE008' };

async function webkit() {
  const port = await freePort();
  // WebKitGTK needs a display.
  const driver = spawn('xvfb-run', ['-a', '-s', '-screen 0 1400x900x24', 'WebKitWebDriver', `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
  });
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  const close = () => process.kill(-driver.pid);
  let session;
  try {
    for (let attempt = 0; session === undefined; ++attempt) {
      try {
        const capabilities = {
          alwaysMatch: {
            'webkitgtk:browserOptions': {
              binary: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
              args: ['--automation'],
            },
          },
        };
        session = `/session/${(await call('POST', '/session', { capabilities })).sessionId}`;
      } catch (error) {
        if (attempt === 50) throw error;
        await new Promise((done) => setTimeout(done, 200));
      }
    }
  } catch (error) {
    close();
    throw error;
  }
  await call('POST', `${session}/timeouts`, { script: 120_000 });
  await call('POST', `${session}/window/rect`, { width: 1280, height: 800 });
  return {
    async open() {
      return {
        // This driver does not tell what scripts throw.
        problems: [],
        goto: (url) => call('POST', `${session}/url`, { url }),
        async evaluate(work, argument) {
          const script = `
            const done = arguments[arguments.length - 1];
            Promise.resolve().then(() => (${work})(arguments[0])).then(
              (value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));`;
          const { value, error } = await call('POST', `${session}/execute/async`, { script, args: [argument ?? null] });
          if (error) throw new Error(error);
          return value;
        },
        async press(key) {
          const names = key.split('+').map((name) => codes[name] ?? name);
          const actions = [
            ...names.map((value) => ({ type: 'keyDown', value })),
            ...names.reverse().map((value) => ({ type: 'keyUp', value })),
          ];
          await call('POST', `${session}/actions`, { actions: [{ type: 'key', id: 'keyboard', actions }] });
        },
        wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
        close: async () => undefined,
      };
    },
    async close() {
      await call('DELETE', session).catch(() => undefined);
      close();
    },
  };
}
