// The waveform of a video: version 1 of audiowaveform's binary format, 8 bit.
import { mediaUrl } from '../api/client';

export interface Waveform {
  pointsPerSecond: number;
  // Low, high, low, high, ...: -128 to 127.
  peaks: Int8Array;
}

export async function waveformOf(videoId: string): Promise<Waveform | null> {
  const response = await fetch(mediaUrl(videoId, 'waveform.dat'));
  // A video without sound has none.
  if (!response.ok) return null;
  const bytes = await response.arrayBuffer();
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getInt32(0, true) !== 1) return null;
  return {
    pointsPerSecond: view.getInt32(8, true) / view.getInt32(12, true),
    peaks: new Int8Array(bytes, 20),
  };
}
