// The packet index of a proxy (docs/formats.md): when each frame is shown, and which bytes decode to it.

export interface Packet {
  offset: number;
  bytes: number;
  // An IDR picture: a decoder can begin with it.
  isKeyframe: boolean;
  frame: number | null;
}

export interface PacketIndex {
  codec: string;
  description: Uint8Array;
  // Square pixels, before rotation.
  width: number;
  height: number;
  rotation: number;
  // Seconds since the first frame, by frame number; one more than there are frames: the end of the last.
  times: Float64Array;
  // In the order of decoding.
  packets: Packet[];
  // The packet of each frame.
  packetOf: Int32Array;
}

class Reader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  take(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) throw new Error('the packet index is damaged');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  // Up to 2^53, which is further than any file reaches.
  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.take(1)[0] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

export function parsePacketIndex(bytes: Uint8Array): PacketIndex {
  const reader = new Reader(bytes);
  if (String.fromCharCode(...reader.take(4)) !== 'HPI\u0001') throw new Error('that is no packet index');
  const codec = new TextDecoder().decode(reader.take(reader.unsigned()));
  const description = reader.take(reader.unsigned()).slice();
  const width = reader.unsigned();
  const height = reader.unsigned();
  const rotation = reader.unsigned();
  const secondsPerTick = reader.unsigned() / reader.unsigned();

  const count = reader.unsigned();
  const times = new Float64Array(count + 1);
  let ticks = 0;
  let step = 0;
  let first = 0;
  for (let frame = 0; frame < count; ++frame) {
    step += reader.signed();
    ticks += step;
    if (frame === 0) first = ticks;
    times[frame] = (ticks - first) * secondsPerTick;
  }
  const last = times[count - 1] ?? 0;
  times[count] = last + (count > 1 ? last - (times[count - 2] ?? 0) : 0);

  const packets: Packet[] = [];
  const packetOf = new Int32Array(count).fill(-1);
  let expected = 0;
  let frame = 0;
  const packetCount = reader.unsigned();
  for (let i = 0; i < packetCount; ++i) {
    const offset = expected + reader.signed();
    const sizeAndFlags = reader.unsigned();
    const size = Math.floor(sizeAndFlags / 4);
    const isShown = (sizeAndFlags & 2) !== 0;
    if (isShown) {
      frame += reader.signed();
      packetOf[frame] = i;
    }
    packets.push({ offset, bytes: size, isKeyframe: (sizeAndFlags & 1) !== 0, frame: isShown ? frame : null });
    expected = offset + size;
  }
  return { codec, description, width, height, rotation, times, packets, packetOf };
}

// The frame that is shown at a time since the first frame's begin. A hair early counts as on time: times of
// media elements are rounded.
export function frameAt(times: Float64Array, seconds: number): number {
  const tolerance = 0.0005;
  let low = 0;
  let high = times.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? 0) <= seconds + tolerance) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

// Where decoding has to begin for a frame to come out: the last IDR picture before it in the order of decoding,
// which refers to nothing before itself.
export function startOf(index: PacketIndex, frame: number): number {
  for (let i = index.packetOf[frame] ?? 0; i > 0; --i) {
    if (index.packets[i]?.isKeyframe) return i;
  }
  return 0;
}
