import { beforeEach, describe, expect, it, vi } from 'vitest';

class FakeSource {
  static readonly CLOSED = 2;
  static open: FakeSource[] = [];
  readyState = 1;
  onopen = () => undefined;
  onerror = () => undefined;
  constructor(readonly url: string) {
    FakeSource.open.push(this);
  }
  addEventListener() {}
  close() {
    FakeSource.open = FakeSource.open.filter((each) => each !== this);
  }
}

let change: () => void = () => undefined;
const page = { hidden: false, addEventListener: (_: string, listener: () => void) => (change = listener) };
const look = (isSeen: boolean) => {
  page.hidden = !isSeen;
  change();
};

describe('events', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.resetModules();
    vi.stubGlobal('EventSource', FakeSource);
    vi.stubGlobal('document', page);
    vi.stubGlobal('window', globalThis);
    page.hidden = false;
    FakeSource.open = [];
  });

  it('share one connection, which a page that nobody sees gives up', async () => {
    const { listen } = await import('./events');
    let resets = 0;
    listen('jobs', () => undefined);
    listen('reset', () => ++resets);
    expect(FakeSource.open.length).toBe(1);
    FakeSource.open[0]?.onopen();

    look(false);
    vi.advanceTimersByTime(4000);
    expect(FakeSource.open.length).toBe(1);
    vi.advanceTimersByTime(2000);
    expect(FakeSource.open.length).toBe(0);
    expect(resets).toBe(0);

    look(true);
    expect(FakeSource.open.length).toBe(1);
    FakeSource.open[0]?.onopen();
    expect(resets).toBe(1);
  });

  it('go on for whoever looks away a moment', async () => {
    const { listen } = await import('./events');
    listen('jobs', () => undefined);
    const first = FakeSource.open[0];
    look(false);
    vi.advanceTimersByTime(4000);
    look(true);
    vi.advanceTimersByTime(10_000);
    expect(FakeSource.open).toEqual([first]);
  });
});
