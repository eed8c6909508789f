// Numbers as people read them.

// "12.480 s" is for short things, "1:02:03.480" for long ones.
export function clockTime(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds) * 1000 + 0.5);
  const ms = String(whole % 1000).padStart(3, '0');
  const s = String(Math.floor(whole / 1000) % 60).padStart(2, '0');
  const m = String(Math.floor(whole / 60_000) % 60).padStart(2, '0');
  const h = Math.floor(whole / 3_600_000);
  return `${h > 0 ? `${h}:` : ''}${m}:${s}.${ms}`;
}

// SMPTE 12M without dropped numbers: counted at the rate rounded up.
export function timecode(frame: number, rate: number): string {
  const perSecond = Math.max(1, Math.ceil(rate - 0.01));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const seconds = Math.floor(frame / perSecond);
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}:${two(frame % perSecond)}`;
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    ++unit;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
