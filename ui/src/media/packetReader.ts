// The bytes of packets, fetched by ranges in runs of packets and kept for a while.
import type { PacketIndex } from './packetIndex';

// Of packets that lie together, with the sound between them.
const runBytes = 1 << 20;
const keptRuns = 48;

export class PacketReader {
  private readonly runs = new Map<number, Promise<Uint8Array>>();
  // Of each run, the first packet; and the run of each packet.
  private readonly begins: number[] = [];
  private readonly runOf: Int32Array;

  constructor(
    private readonly url: string,
    private readonly index: PacketIndex,
  ) {
    this.runOf = new Int32Array(index.packets.length);
    let begin = -1;
    index.packets.forEach((packet, i) => {
      const first = index.packets[begin];
      const fits = first && packet.offset >= first.offset && packet.offset + packet.bytes - first.offset <= runBytes;
      if (!fits) {
        begin = i;
        this.begins.push(i);
      }
      this.runOf[i] = this.begins.length - 1;
    });
  }

  async read(i: number): Promise<Uint8Array> {
    const run = this.runOf[i] ?? 0;
    const bytes = await this.fetchRun(run);
    // What comes next is wanted soon.
    if (this.begins[run] === i && run + 1 < this.begins.length) void this.fetchRun(run + 1).catch(() => undefined);
    const packet = this.index.packets[i];
    const first = this.index.packets[this.begins[run] ?? 0];
    if (!packet || !first) throw new Error('there is no such packet');
    return bytes.subarray(packet.offset - first.offset, packet.offset - first.offset + packet.bytes);
  }

  private fetchRun(run: number): Promise<Uint8Array> {
    const known = this.runs.get(run);
    if (known) {
      this.runs.delete(run);
      this.runs.set(run, known);
      return known;
    }
    const first = this.index.packets[this.begins[run] ?? 0];
    const last = this.index.packets[(this.begins[run + 1] ?? this.index.packets.length) - 1];
    if (!first || !last) return Promise.reject(new Error('there is no such packet'));
    const promise = fetch(this.url, {
      headers: { Range: `bytes=${first.offset}-${last.offset + last.bytes - 1}` },
    }).then(async (response) => {
      if (response.status !== 206) throw new Error(`read the video: ${response.status} ${response.statusText}`);
      return new Uint8Array(await response.arrayBuffer());
    });
    // A failure is not remembered.
    promise.catch(() => this.runs.delete(run));
    this.runs.set(run, promise);
    for (const oldest of this.runs.keys()) {
      if (this.runs.size <= keptRuns) break;
      this.runs.delete(oldest);
    }
    return promise;
  }
}
