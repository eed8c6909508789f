// The clips of a video as the page knows them, and what changes make of them. Pure.
import type { Change, Clip, DecisionValue } from '../api/client';

export interface Seen {
  clip_id: string;
  begin_frame: number;
  end_frame: number;
  decision: DecisionValue;
  is_grouped: boolean;
}

export function seen(clip: Clip): Seen {
  const { clip_id, begin_frame, end_frame, decision, is_grouped } = clip;
  return { clip_id, begin_frame, end_frame, decision, is_grouped };
}

// The list with the changes made, by time.
export function withChanges(clips: Clip[], changes: Change[]): Clip[] {
  const byId = new Map(clips.map((clip) => [clip.clip_id, clip]));
  for (const { before, after } of changes) {
    if (before) byId.delete(before.clip_id);
    if (after) byId.set(after.clip_id, after);
  }
  return [...byId.values()].sort((a, b) => a.begin_frame - b.begin_frame);
}

// Whether the list is one that a video can have.
export function isPartition(clips: Clip[], frameCount: number): boolean {
  let at = 0;
  for (const clip of clips) {
    if (clip.begin_frame !== at || clip.end_frame <= at) return false;
    at = clip.end_frame;
  }
  return at === frameCount;
}

export function indexOfFrame(clips: Clip[], frame: number): number {
  const index = clips.findIndex((clip) => clip.begin_frame <= frame && frame < clip.end_frame);
  return Math.max(0, index);
}

// The next clip after `index` that nobody has decided about, from the begin again when there is none; -1 when
// all are decided.
export function nextUndecided(clips: Clip[], index: number, without: ReadonlySet<string> = new Set()): number {
  for (let i = 1; i <= clips.length; ++i) {
    const at = (index + i) % clips.length;
    const clip = clips[at];
    if (clip && clip.decision === null && !without.has(clip.clip_id)) return at;
  }
  return -1;
}
