// Server-sent events, shared by all pages. The browser goes on by itself where it was cut off.
import type { LibraryEntry } from './client';

export interface ServerEvents {
  video: LibraryEntry;
  decision: { decision_id: number; video_id: string; reviewer: string; operation: string };
  jobs: unknown;
  // Events were missed: ask again for what you have.
  reset: unknown;
}

type Listener = (data: never) => void;
const listeners = new Map<keyof ServerEvents, Set<Listener>>();
let source: EventSource | null = null;
let isBroken = false;
let sleep = 0;
// A page that nobody has looked at for so long listens no more: browsers hold six connections to a server, and a
// seventh page would wait for all that it asks for. Milliseconds.
const patience = 5000;

function emit(name: keyof ServerEvents, data: unknown) {
  for (const listener of listeners.get(name) ?? []) listener(data as never);
}

function connect() {
  source = new EventSource('/api/v1/events');
  for (const name of ['video', 'decision', 'jobs', 'reset'] as const) {
    source.addEventListener(name, (event) => emit(name, JSON.parse((event as MessageEvent<string>).data)));
  }
  source.onerror = () => {
    isBroken = true;
    // Refused, not cut off: the browser does not come back by itself.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(() => {
        if (!document.hidden) reconnect();
      }, 2000);
    }
  };
  source.onopen = () => {
    if (isBroken) emit('reset', {});
    isBroken = false;
  };
}

function reconnect() {
  if (!source && listeners.size > 0) connect();
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(sleep);
  if (!document.hidden) return reconnect();
  sleep = window.setTimeout(() => {
    source?.close();
    source = null;
    isBroken = true;
  }, patience);
});

// Returns how to stop listening.
export function listen<Name extends keyof ServerEvents>(
  name: Name,
  listener: (data: ServerEvents[Name]) => void,
): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set);
  set.add(listener as Listener);
  if (!source) connect();
  return () => set.delete(listener as Listener);
}
