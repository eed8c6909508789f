// WebKitGTK 2.50 mixes up frames that are drawn on two threads at a time (tests/browser/exactness.mjs saw it).
const mixesFrames = /AppleWebKit\//.test(navigator.userAgent) && !/Chrom(e|ium)\//.test(navigator.userAgent);

// Makes pictures of the size of the screen out of frames, on another thread: without a GPU, converting and scaling a
// frame of 1080p takes 15 ms, in which a key would wait.
export class FrameScaler {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, (bitmap: ImageBitmap | null) => void>();
  private last = 0;

  constructor() {
    if (mixesFrames || typeof OffscreenCanvas === 'undefined' || typeof Worker === 'undefined') return;
    this.worker = new Worker(new URL('./scaleWorker.ts', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<{ id: number; bitmap: ImageBitmap }>) => {
      this.waiting.get(data.id)?.(data.bitmap);
      this.waiting.delete(data.id);
    };
    this.worker.onerror = () => this.close();
  }

  get isPossible(): boolean {
    return this.worker !== null;
  }

  // The frame stays its owner's. Null where the browser cannot: the frame itself will do.
  scale(frame: VideoFrame, width: number, height: number): Promise<ImageBitmap | null> {
    const { worker } = this;
    if (!worker) return Promise.resolve(null);
    const id = ++this.last;
    const copy = frame.clone();
    try {
      worker.postMessage({ id, frame: copy, width, height }, [copy]);
    } catch {
      copy.close();
      this.close();
      return Promise.resolve(null);
    }
    return new Promise((done) => this.waiting.set(id, done));
  }

  close() {
    this.worker?.terminate();
    this.worker = null;
    for (const done of this.waiting.values()) done(null);
    this.waiting.clear();
  }
}
