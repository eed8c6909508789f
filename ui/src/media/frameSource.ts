// Exact single frames of one video: by WebCodecs where the browser has it for this video, else by a media
// element whose seeks are checked. Both say which frame it is that they give.
import { FrameDecoder } from './frameDecoder';
import { FrameScaler } from './frameScaler';
import { parsePacketIndex, type PacketIndex } from './packetIndex';
import { PacketReader } from './packetReader';
import type { VideoClock } from './videoClock';

export interface Picture {
  number: number;
  image: CanvasImageSource;
  width: number;
  height: number;
  // Degrees clockwise that drawing has to turn it by.
  rotation: number;
  close(): void;
}

// Packets that are decoded for one frame at most. In videos with open groups of pictures, in which decoders
// cannot begin, it could be all of them: there the media element seeks faster.
const longestRun = 600;
// Decoded before they are shown while the video plays; fewer than the decoder keeps.
const framesAhead = 12;
// Scaled before they are shown while the video plays, so many at a time; and kept for when the clip begins again.
const scaledAhead = 6;
const scaledAtOnce = 2;
const keptScaled = 24;
// How often a frame that is being scaled is waited for, before it is drawn as it is.
const mostMisses = 3;
// First frames of the clips that come next.
const mostPrepared = 16;
// With so many of them at hand, preparing more waits until nobody has asked for anything for a while: decoding
// would take the processor from what a key has to show. Milliseconds.
const enoughPrepared = 4;
const quietTime = 200;

export class FrameSource {
  private readonly prepared = new Map<number, Picture>();
  private readonly played = new Map<number, Picture>();
  private readonly beingScaled = new Set<number>();
  private misses = 0;
  private readonly scaler: FrameScaler | null;
  private wanted: number[] = [];
  private preparedWidth = 0;
  private isPreparing = false;
  private isRunning = false;
  private isResting = false;
  private isClosed = false;
  private quietUntil = 0;

  private constructor(
    readonly index: PacketIndex,
    private readonly main: FrameDecoder | null,
    private readonly scout: FrameDecoder | null,
    private readonly clock: VideoClock,
  ) {
    this.scaler = scout ? new FrameScaler() : null;
  }

  static async open(url: string, indexUrl: string, clock: VideoClock, useDecoder = true): Promise<FrameSource> {
    const response = await fetch(indexUrl);
    if (!response.ok) throw new Error(`read the packet index: ${response.status} ${response.statusText}`);
    const index = parsePacketIndex(new Uint8Array(await response.arrayBuffer()));
    if (!useDecoder || !(await FrameDecoder.isPossible(index))) return new FrameSource(index, null, null, clock);
    const reader = new PacketReader(url, index);
    return new FrameSource(index, new FrameDecoder(index, reader), new FrameDecoder(index, reader), clock);
  }

  get kind(): 'decoder' | 'element' {
    return this.main ? 'decoder' : 'element';
  }

  get frameCount(): number {
    return this.index.times.length - 1;
  }

  // At once, when it is at hand.
  peek(frame: number): Picture | null {
    const ready = this.prepared.get(frame) ?? this.played.get(frame);
    if (ready) return { ...ready, close: () => undefined };
    const known = this.decoded(frame);
    return known ? { ...this.wrap(known), close: () => undefined } : null;
  }

  private decoded(frame: number): VideoFrame | null {
    return this.main?.peek(frame) ?? this.scout?.peek(frame) ?? null;
  }

  async picture(frame: number): Promise<Picture> {
    const known = this.decoded(frame);
    if (known) return this.wrap(known.clone());
    const nearest = this.nearest(frame);
    if (nearest) return this.wrap(await nearest.frame(frame));
    const { video } = this.clock;
    const { number, image } = await this.clock.show(this.index.times, frame);
    const { videoWidth: width, videoHeight: height } = video;
    // The element turns its picture by itself, a frame of it does not.
    const isUsable = image !== null && this.index.rotation === 0;
    return {
      number,
      image: isUsable ? image : video,
      width,
      height,
      rotation: 0,
      close: () => image?.close(),
    };
  }

  // The decoder that has the fewest packets to decode for it; null when they are too many.
  private nearest(frame: number): FrameDecoder | null {
    if (!this.main || !this.scout) return null;
    const [ownWay, scoutsWay] = [this.main.distance(frame), this.scout.distance(frame)];
    if (Math.min(ownWay, scoutsWay) > longestRun) return null;
    if (ownWay <= scoutsWay) return this.main;
    // Somebody waits for what it does.
    this.quietUntil = 0;
    return this.scout;
  }

  // A frame while they play, if it is decoded by now; has those after it decoded, up to the last that will be wanted.
  run(frame: number, last: number): Picture | null {
    const ahead = Math.min(frame + framesAhead, last);
    this.isResting = false;
    if (this.main && !this.isRunning && !this.main.peek(ahead)) {
      this.isRunning = true;
      this.main
        .frame(ahead, async () => {
          if (this.isResting) throw new Error('what was ahead is not wanted any more');
        })
        .then((picture) => picture.close())
        .catch(() => undefined)
        .finally(() => (this.isRunning = false));
    }
    this.scaleAhead(frame, last);
    // Drawing it as it is would take the page's own thread ten times as long.
    if (this.beingScaled.has(frame) && ++this.misses <= mostMisses) return null;
    this.misses = 0;
    return this.peek(frame);
  }

  private scaleAhead(from: number, last: number) {
    if (!this.scaler?.isPossible) return;
    for (const [number, picture] of this.played) {
      if (number >= from - keptScaled && number <= from + scaledAhead) continue;
      picture.close();
      this.played.delete(number);
    }
    for (let number = from; number <= Math.min(last, from + scaledAhead); ++number) {
      if (this.beingScaled.size >= scaledAtOnce) return;
      const frame = this.main?.peek(number);
      if (!frame || this.prepared.has(number) || this.played.has(number) || this.beingScaled.has(number)) continue;
      this.beingScaled.add(number);
      void this.scaled(frame.clone()).then((picture) => {
        this.beingScaled.delete(number);
        if (this.isClosed || picture.image instanceof VideoFrame) picture.close();
        else this.played.set(number, picture);
      });
    }
  }

  // What is decoded ahead is given up, and what can wait does.
  rest() {
    this.isResting = true;
    this.quietUntil = performance.now() + quietTime;
  }

  // Has these frames ready soon, the first ones first, so many pixels wide.
  prepare(frames: number[], width: number) {
    if (!this.scout) return;
    this.preparedWidth = width;
    this.wanted = frames.slice(0, mostPrepared);
    for (const [number, picture] of this.prepared) {
      if (this.wanted.includes(number)) continue;
      picture.close();
      this.prepared.delete(number);
    }
    void this.runPrepare();
  }

  close() {
    this.isClosed = true;
    this.prepare([], 0);
    for (const picture of this.played.values()) picture.close();
    this.played.clear();
    this.scaler?.close();
    this.main?.close();
    this.scout?.close();
  }

  private async runPrepare() {
    if (this.isPreparing || !this.scout) return;
    this.isPreparing = true;
    try {
      for (;;) {
        const next = this.wanted.find((frame) => !this.prepared.has(frame));
        if (next === undefined) break;
        if (this.scout.distance(next) > longestRun) {
          this.wanted = this.wanted.filter((frame) => frame !== next);
          continue;
        }
        const picture = await this.scaled(await this.scout.frame(next, () => this.quiet(next)));
        if (this.wanted.includes(next)) this.prepared.set(next, picture);
        else picture.close();
      }
    } catch {
      // They are decoded when they are asked for.
      this.wanted = [];
    }
    this.isPreparing = false;
  }

  // Before a packet of a frame that is prepared.
  private async quiet(frame: number) {
    for (;;) {
      const wait = this.quietUntil - performance.now();
      const place = this.wanted.indexOf(frame);
      const isUrgent = place >= 0 && place < enoughPrepared;
      if (wait <= 0 || isUrgent || this.isClosed) return;
      await new Promise((done) => setTimeout(done, Math.min(wait, 20)));
    }
  }

  private async scaled(frame: VideoFrame): Promise<Picture> {
    const whole = this.wrap(frame);
    const { width, height } = this.index;
    const scale = Math.min(1, this.preparedWidth / width);
    const bitmap = await this.scaler?.scale(frame, Math.round(width * scale), Math.round(height * scale));
    if (!bitmap) return whole;
    frame.close();
    return { ...whole, image: bitmap, close: () => bitmap.close() };
  }

  private wrap(frame: VideoFrame): Picture {
    const { width, height, rotation } = this.index;
    return { number: frame.timestamp, image: frame, width, height, rotation, close: () => frame.close() };
  }
}
