import { describe, expect, it } from 'vitest';
import type { Clip } from '../api/client';
import { clockTime, timecode } from '../media/timecode';
import { indexOfFrame, isPartition, nextUndecided, withChanges } from './clipList';
import { actionOf, defaultKeys, keyName, withKey } from './keys';

const clip = (id: string, begin: number, end: number, decision: Clip['decision'] = null): Clip => ({
  clip_id: id,
  begin_frame: begin,
  end_frame: end,
  begin_kind: begin === 0 ? 'start' : 'cut',
  score: null,
  decision,
  is_grouped: false,
});
const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  keyName({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe('clips', () => {
  const clips = [clip('a', 0, 10), clip('b', 10, 20, 'approved'), clip('c', 20, 30)];

  it('follow changes', () => {
    const merged = withChanges(clips, [
      { before: clips[0] ?? null, after: clip('a', 0, 20) },
      { before: clips[1] ?? null, after: null },
    ]);
    expect(merged.map((each) => each.clip_id)).toEqual(['a', 'c']);
    expect(isPartition(merged, 30)).toBe(true);
    expect(isPartition(merged, 31)).toBe(false);
    expect(isPartition(clips.slice(1), 30)).toBe(false);
  });

  it('are looked for in a circle', () => {
    expect(nextUndecided(clips, 0)).toBe(2);
    expect(nextUndecided(clips, 2)).toBe(0);
    expect(nextUndecided(clips, 0, new Set(['c']))).toBe(0);
    expect(nextUndecided([clip('b', 0, 1, 'skipped')], 0)).toBe(-1);
    expect(indexOfFrame(clips, 19)).toBe(1);
  });
});

describe('keys', () => {
  it('are named alike whatever the keyboard', () => {
    expect(press('A', { shiftKey: true })).toBe('Shift+a');
    expect(press('a')).toBe('a');
    expect(press('?', { shiftKey: true })).toBe('?');
    expect(press(' ')).toBe('Space');
    expect(press('ArrowLeft', { shiftKey: true })).toBe('Shift+ArrowLeft');
    expect(press('z', { ctrlKey: true })).toBe('z');
    expect(press('r', { ctrlKey: true })).toBe('');
    expect(press('Shift', { shiftKey: true })).toBe('');
  });

  it('are exchanged, never lost', () => {
    const changed = withKey(defaultKeys, 'approve', 's');
    expect(actionOf(changed, 's')).toBe('approve');
    expect(actionOf(changed, 'a')).toBe('skip');
    expect(new Set(Object.values(changed)).size).toBe(Object.keys(changed).length);
  });
});

describe('times', () => {
  it('are written as people read them', () => {
    expect(clockTime(61.0005)).toBe('01:01.001');
    expect(clockTime(3600)).toBe('1:00:00.000');
    expect(timecode(30, 29.97)).toBe('00:00:01:00');
    expect(timecode(24 * 3600, 23.976)).toBe('01:00:00:00');
    expect(timecode(59, 59.94)).toBe('00:00:00:59');
  });
});
