// Decodes single frames by WebCodecs. A chunk's timestamp is the number of the frame it becomes, and comes out
// with the frame: which frame a picture is needs no clock.
import { startOf, type PacketIndex } from './packetIndex';
import type { PacketReader } from './packetReader';

// Frames before the one that was asked for are kept too, so that going back is decoding once in a while.
const keptFrames = 40;
// Packets given to the decoder ahead of what it has taken: enough to keep it busy, and soon done when a key is pressed.
const packetsInFlight = 2;
// Where nothing comes out of those for so many milliseconds: WebKit's decoder may keep more before it gives a frame.
const mostInFlight = 24;
const stallTime = 200;

export class FrameDecoder {
  private decoder: VideoDecoder | null = null;
  private readonly frames = new Map<number, VideoFrame>();
  private nextPacket = -1;
  private newest = -1;
  private isFlushed = false;
  private lastSign = 0;
  private failure: unknown = null;
  private chain: Promise<unknown> = Promise.resolve();
  private wake: (() => void) | null = null;

  constructor(
    private readonly index: PacketIndex,
    private readonly reader: PacketReader,
  ) {}

  static async isPossible(index: PacketIndex): Promise<boolean> {
    if (typeof VideoDecoder === 'undefined') return false;
    try {
      return (await VideoDecoder.isConfigSupported(configOf(index))).supported === true;
    } catch {
      return false;
    }
  }

  // A frame that is there already; borrowed until the next call of anything.
  peek(frame: number): VideoFrame | null {
    return this.frames.get(frame) ?? null;
  }

  // How many packets have to be decoded for a frame.
  distance(frame: number): number {
    if (this.frames.has(frame)) return 0;
    const at = this.index.packetOf[frame] ?? 0;
    return at - (this.canGoOnTo(frame) ? this.nextPacket : startOf(this.index, frame));
  }

  private canGoOnTo(frame: number): boolean {
    const begin = startOf(this.index, frame);
    return this.decoder !== null && !this.isFlushed && frame > this.newest && begin <= this.nextPacket;
  }

  // Whoever gets a frame closes it. One after the other. Before each packet `turn` is awaited: it may keep the decoder
  // waiting, or throw when the frame is wanted no longer.
  frame(frame: number, turn?: () => Promise<void>): Promise<VideoFrame> {
    const answer = this.chain.then(() => this.decode(frame, turn));
    this.chain = answer.catch(() => undefined);
    return answer;
  }

  close() {
    this.reset();
    for (const frame of this.frames.values()) frame.close();
    this.frames.clear();
  }

  private reset() {
    if (this.decoder && this.decoder.state !== 'closed') this.decoder.close();
    this.decoder = null;
    this.nextPacket = -1;
    this.newest = -1;
    this.isFlushed = false;
    this.failure = null;
  }

  private async decode(frame: number, turn?: () => Promise<void>): Promise<VideoFrame> {
    const known = this.frames.get(frame);
    if (known) return known.clone();
    if (!this.canGoOnTo(frame)) {
      this.reset();
      this.start(startOf(this.index, frame));
    }
    // What is not needed gives way before there is more of it.
    this.forget(frame - keptFrames, frame);
    this.lastSign = performance.now();
    for (;;) {
      const found = this.frames.get(frame);
      if (found) return found.clone();
      if (this.failure) {
        const failure = this.failure;
        this.reset();
        throw failure;
      }
      await turn?.();
      await this.feed(frame);
    }
  }

  private start(packet: number) {
    this.decoder = new VideoDecoder({
      output: (frame) => this.receive(frame),
      error: (error) => {
        this.failure = error;
        this.wake?.();
      },
    });
    this.decoder.configure(configOf(this.index));
    this.nextPacket = packet;
  }

  private receive(frame: VideoFrame) {
    this.lastSign = performance.now();
    const number = frame.timestamp;
    this.wake?.();
    if (number < 0) return frame.close();
    this.newest = Math.max(this.newest, number);
    this.frames.get(number)?.close();
    this.frames.set(number, frame);
    // Running on towards the frame that is wanted, only the last ones matter.
    this.forget(number - keptFrames, number + keptFrames);
  }

  private forget(from: number, to: number) {
    for (const [number, frame] of this.frames) {
      if (number >= from && number <= to) continue;
      frame.close();
      this.frames.delete(number);
    }
  }

  private async feed(frame: number) {
    const decoder = this.decoder;
    if (!decoder) return;
    if (this.nextPacket >= this.index.packets.length) {
      if (!this.isFlushed) {
        this.isFlushed = true;
        await decoder.flush();
        return;
      }
      if (!this.frames.has(frame)) throw new Error(`frame ${frame} did not come out of the decoder`);
      return;
    }
    // Frames come out in a few packets' time. Far behind, the decoder has work enough.
    const isStalled = performance.now() - this.lastSign > stallTime;
    if (decoder.decodeQueueSize >= (isStalled ? mostInFlight : packetsInFlight)) return this.pause();
    const i = this.nextPacket++;
    const packet = this.index.packets[i];
    const data = await this.reader.read(i);
    if (!packet || decoder.state !== 'configured') return;
    decoder.decode(
      new EncodedVideoChunk({
        type: packet.isKeyframe ? 'key' : 'delta',
        // Frames that are never shown have a time below all others.
        timestamp: packet.frame ?? -1 - i,
        data,
      }),
    );
    // Past the packet of the frame there is nothing to feed but what makes the decoder let go of it.
    if (i > (this.index.packetOf[frame] ?? 0)) await this.pause();
  }

  // Until something comes out, or long enough that it will not without more packets.
  private pause(): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(finish, this.decoder && this.decoder.decodeQueueSize > 0 ? 20 : 2);
      const self = this;
      function finish() {
        clearTimeout(timer);
        self.wake = null;
        done();
      }
      this.wake = finish;
    });
  }
}

function configOf(index: PacketIndex): VideoDecoderConfig {
  return { codec: index.codec, description: index.description };
}
