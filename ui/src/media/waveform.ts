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

// Of a part of the video, for a canvas.
export interface WaveformView {
  waveform: Waveform | null;
  waveformStart: number; // seconds, where the waveform's time begins
  times: Float64Array;
  begin: number; // the frame at the left edge
  scale: number; // pixels of the page for one frame
  width: number;
}

// One outline: upper edges forwards, lower edges back.
export function drawWaveform(canvas: HTMLCanvasElement, view: WaveformView) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { waveform, times, begin, scale } = view;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(view.width * ratio);
  canvas.height = Math.round(34 * ratio);
  if (!waveform) return;
  const pointAt = (pixel: number) => {
    const exact = begin + pixel / ratio / scale;
    const whole = Math.max(0, Math.min(times.length - 2, Math.floor(exact)));
    const from = times[whole] ?? 0;
    const seconds = from + ((times[whole + 1] ?? from) - from) * (exact - whole) - view.waveformStart;
    return Math.floor(seconds * waveform.pointsPerSecond);
  };
  const middle = canvas.height / 2;
  const lower: [number, number][] = [];
  context.beginPath();
  context.moveTo(0, middle);
  for (let column = 0; column < canvas.width; ++column) {
    const first = Math.max(0, pointAt(column));
    const last = Math.max(first + 1, pointAt(column + 1));
    let low = 0;
    let high = 0;
    for (let point = first; point < last; ++point) {
      low = Math.min(low, waveform.peaks[2 * point] ?? 0);
      high = Math.max(high, waveform.peaks[2 * point + 1] ?? 0);
    }
    // A line where it is silent.
    context.lineTo(column, middle - Math.max(0.5, (high / 128) * middle));
    lower.push([column, middle + Math.max(0.5, (-low / 128) * middle)]);
  }
  for (const [x, y] of lower.reverse()) context.lineTo(x, y);
  context.fillStyle = getComputedStyle(canvas).color;
  context.fill();
}
