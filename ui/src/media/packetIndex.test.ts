import { describe, expect, it } from 'vitest';
import { frameAt, parsePacketIndex, startOf } from './packetIndex';

class Writer {
  bytes: number[] = [];
  unsigned(value: number): this {
    while (value >= 128) {
      this.bytes.push((value % 128) + 128);
      value = Math.floor(value / 128);
    }
    this.bytes.push(value);
    return this;
  }
  signed(value: number): this {
    return this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1);
  }
  raw(...bytes: number[]): this {
    this.bytes.push(...bytes);
    return this;
  }
}

// Five frames at 30000/1001, decoded as 0 3 1 2 | 4, and a packet that is never shown.
function written(): Uint8Array {
  const writer = new Writer().raw(72, 80, 73, 1).unsigned(11);
  writer.raw(...new TextEncoder().encode('avc1.64001f')).unsigned(2).raw(1, 100);
  writer.unsigned(320).unsigned(180).unsigned(0).unsigned(1).unsigned(30000).unsigned(5);
  writer.signed(3003).signed(1001 - 3003).signed(0).signed(0).signed(0).unsigned(6);
  // Beyond 32 bits.
  writer.signed(5_000_000_000).unsigned(5000 * 4 + 3).signed(0);
  writer.signed(0).unsigned(900 * 4 + 2).signed(3);
  writer.signed(0).unsigned(100 * 4 + 2).signed(-2);
  writer.signed(20).unsigned(80 * 4 + 2).signed(1);
  writer.signed(0).unsigned(10 * 4);
  writer.signed(0).unsigned(4000 * 4 + 3).signed(2);
  return new Uint8Array(writer.bytes);
}

describe('packet index', () => {
  it('is read as it was written', () => {
    const index = parsePacketIndex(written());
    expect(index.codec).toBe('avc1.64001f');
    expect([...index.description]).toEqual([1, 100]);
    expect(index.packets.map((packet) => packet.frame)).toEqual([0, 3, 1, 2, null, 4]);
    expect(index.packets.map((packet) => packet.offset)).toEqual([
      5_000_000_000, 5_000_005_000, 5_000_005_900, 5_000_006_020, 5_000_006_100, 5_000_006_110,
    ]);
    expect([...index.packetOf]).toEqual([0, 2, 3, 1, 5]);
    expect(index.times[0]).toBe(0);
    expect(index.times[4]).toBeCloseTo((4 * 1001) / 30000, 12);
    expect(index.times[5]).toBeCloseTo((5 * 1001) / 30000, 12);
  });

  it('is refused when it is damaged', () => {
    const bytes = written();
    for (let length = 0; length < bytes.length; ++length) {
      expect(() => parsePacketIndex(bytes.subarray(0, length)), `${length} bytes`).toThrow();
    }
  });

  it('says where decoding begins', () => {
    const index = parsePacketIndex(written());
    expect(startOf(index, 2)).toBe(0);
    expect(startOf(index, 4)).toBe(5);
  });

  it('finds the frame of a time, however it was rounded', () => {
    const { times } = parsePacketIndex(written());
    for (let frame = 0; frame < 5; ++frame) {
      const begin = times[frame] ?? 0;
      expect(frameAt(times, begin)).toBe(frame);
      expect(frameAt(times, Math.floor(begin * 1e6) / 1e6)).toBe(frame);
      expect(frameAt(times, begin + 0.03)).toBe(frame);
    }
    expect(frameAt(times, -1)).toBe(0);
    expect(frameAt(times, 99)).toBe(4);
  });
});
