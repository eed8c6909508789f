// What the review page knows, and what it does to clips: changes go to the server in the order in which they
// were made, and come back as what the server made of them.
import { api, ask, ApiError, messageOf, type Clip, type Decision, type VideoDetails } from '../api/client';
import { isPartition, nextUndecided, seen, withChanges } from './clipList';
import { painted } from './painted';

export type Decide = 'approve' | 'skip' | 'archive';
export type Reshape = 'merge' | 'group' | 'ungroup' | 'split' | 'move';

const historyLength = 60;
const outcomes = { approve: 'approved', skip: 'skipped', archive: 'archived' } as const;

export interface QueueChoice {
  order: 'time' | 'newest' | 'score' | 'shortest' | 'longest';
  decision: 'approved' | 'skipped' | 'archived' | null;
  videoId: string | null;
}

export class ReviewState {
  details = $state.raw<VideoDetails | null>(null);
  clips = $state.raw<Clip[]>([]);
  index = $state(0);
  history = $state.raw<Decision[]>([]);
  notice = $state('');
  isDone = $state(false);
  remaining = $state(0);
  // Someone else has these on screen.
  private readonly taken = new Set<string>();
  private readonly passed: string[] = [];
  private chain: Promise<unknown> = Promise.resolve();

  constructor(readonly choice: QueueChoice) {}

  get clip(): Clip | null {
    return this.clips[this.index] ?? null;
  }
  get videoId(): string {
    return this.details?.video_id ?? '';
  }
  get isReviewed(): boolean {
    return this.clips.some((clip) => clip.decision !== null || clip.is_grouped);
  }

  async openVideo(videoId: string, clipId?: string): Promise<void> {
    const details = await ask(
      api.GET('/api/v1/videos/{video_id}/details', { params: { path: { video_id: videoId } } }),
    );
    this.details = details;
    this.clips = details.clips;
    this.isDone = false;
    const index = clipId ? this.clips.findIndex((clip) => clip.clip_id === clipId) : -1;
    this.index = index >= 0 ? index : Math.max(0, nextUndecided(this.clips, this.clips.length - 1));
    void this.lease();
    void this.loadHistory();
  }

  // The next clip of the queue, wherever it is.
  async openNext(): Promise<void> {
    const { order, decision, videoId } = this.choice;
    const { clips, remaining } = await ask(
      api.POST('/api/v1/review-queue/take', {
        body: { order, decision, video_id: videoId, count: 1, exclude: this.passed.slice(-500) },
      }),
    );
    this.remaining = remaining;
    const next = clips[0];
    if (!next) {
      this.isDone = true;
      return;
    }
    this.isDone = false;
    if (next.video_id === this.videoId) {
      const index = this.clips.findIndex((clip) => clip.clip_id === next.clip.clip_id);
      if (index >= 0) {
        this.index = index;
        return;
      }
    }
    await this.openVideo(next.video_id, next.clip.clip_id);
  }

  async loadHistory(): Promise<void> {
    const { decisions } = await ask(api.GET('/api/v1/decisions', { params: { query: { limit: historyLength } } }));
    this.history = decisions;
  }

  async reload(): Promise<void> {
    if (!this.videoId) return;
    const current = this.clip;
    const { clips } = await ask(
      api.GET('/api/v1/videos/{video_id}/clips', { params: { path: { video_id: this.videoId } } }),
    );
    this.clips = clips;
    const same = current ? clips.findIndex((clip) => clip.clip_id === current.clip_id) : -1;
    const there = current ? clips.findIndex((clip) => clip.end_frame > current.begin_frame) : 0;
    this.index = Math.max(0, same >= 0 ? same : there);
  }

  go(offset: number) {
    const current = this.clip;
    if (current) this.passed.push(current.clip_id);
    this.index = Math.max(0, Math.min(this.clips.length - 1, this.index + offset));
    void this.lease();
  }

  // The page goes on at once; should the server refuse, it comes back to the clip and says why.
  decide(operation: Decide) {
    const clip = this.clip;
    if (!clip) return;
    const videoId = this.videoId;
    const at = this.index;
    this.notice = '';
    if (clip.decision === outcomes[operation]) {
      this.advance(at);
      return;
    }
    const body = { video_id: videoId, operation, clips: [seen(clip)] };
    this.clips = this.afterDecision(operation, at);
    // Before anything that looks for the next clip: the server must know what is decided.
    void this.enqueue(async () => {
      await painted();
      try {
        this.note(await ask(api.POST('/api/v1/decisions', { body })), videoId);
      } catch (error) {
        await this.explain(error);
        if (this.videoId === videoId) {
          await this.reload();
          const back = this.clips.findIndex((each) => each.clip_id === clip.clip_id);
          if (back >= 0) this.index = back;
        }
      }
    });
    this.advance(at);
  }

  // Where cuts change, the page waits for the server: it takes a few milliseconds.
  reshape(operation: Reshape, frame?: number): Promise<void> {
    return this.enqueue(async () => {
      const clip = this.clip;
      if (!clip) return;
      this.notice = '';
      const begin = clip.begin_frame;
      try {
        const decision = await ask(
          api.POST('/api/v1/decisions', {
            body: { video_id: this.videoId, operation, clips: [seen(clip)], frame: frame ?? null },
          }),
        );
        this.note(decision, this.videoId);
        const target = operation === 'merge' ? begin : operation === 'split' ? (frame ?? begin) : null;
        if (target !== null) this.showFrame(target);
        else if (operation === 'group') this.advance(this.index);
        else this.showClip(clip.clip_id);
      } catch (error) {
        await this.explain(error);
      }
    });
  }

  undo(decisionId?: number): Promise<void> {
    return this.turn(() => api.POST('/api/v1/decisions/undo', { body: decisionId ? { decision_id: decisionId } : {} }));
  }

  redo(): Promise<void> {
    return this.turn(() => api.POST('/api/v1/decisions/redo'));
  }

  resegment(sensitivity: number): Promise<void> {
    return this.enqueue(async () => {
      try {
        const { clips } = await ask(
          api.POST('/api/v1/videos/{video_id}/resegment', {
            params: { path: { video_id: this.videoId } },
            body: { sensitivity },
          }),
        );
        this.clips = clips;
        this.index = 0;
        await this.loadHistory();
      } catch (error) {
        await this.explain(error);
      }
    });
  }

  // Someone decided about something of this video.
  async heardOf(videoId: string, reviewer: string, me: string): Promise<void> {
    if (videoId === this.videoId && reviewer !== me) await this.enqueue(() => this.reload());
  }

  // Says that this clip and the next are on screen; goes on when somebody else has it.
  async lease(): Promise<void> {
    await painted();
    const ids = [this.clip, this.clips[this.index + 1]].flatMap((clip) => (clip ? [clip.clip_id] : []));
    if (ids.length === 0) return;
    try {
      const { refused } = await ask(api.POST('/api/v1/leases', { body: { clip_ids: ids } }));
      const mine = refused.find((each) => each.clip_id === this.clip?.clip_id);
      for (const each of refused) this.taken.add(each.clip_id);
      if (!mine || this.clip?.decision !== null) return;
      this.notice = `${mine.reviewer ?? 'Somebody else'} is looking at that clip.`;
      this.advance(this.index);
    } catch {
      // Deciding will tell.
    }
  }

  release() {
    const ids = this.clips.slice(Math.max(0, this.index - 1), this.index + 2).map((clip) => clip.clip_id);
    if (ids.length > 0) void api.POST('/api/v1/leases/release', { body: { clip_ids: ids } });
  }

  // The frames that are wanted soon, nearest first.
  soon(): number[] {
    const frames: number[] = [];
    let at = this.index;
    for (let i = 0; i < 10; ++i) {
      at = nextUndecided(this.clips, at, this.taken);
      const clip = this.clips[at];
      if (!clip || frames.includes(clip.begin_frame)) break;
      frames.push(clip.begin_frame);
    }
    // The one on screen too: when it is left, it is the one before, and need not be decoded again.
    for (const offset of [1, 0, -1]) {
      const neighbour = this.clips[this.index + offset];
      if (neighbour && !frames.includes(neighbour.begin_frame)) frames.push(neighbour.begin_frame);
    }
    return frames;
  }

  private afterDecision(operation: Decide, at: number): Clip[] {
    return this.clips.map((clip, i) => {
      const leaves = operation !== 'approve' && (i === at || i === at + 1);
      const decision = i === at ? outcomes[operation] : clip.decision;
      return leaves ? { ...clip, decision, is_grouped: false } : { ...clip, decision };
    });
  }

  private advance(from: number) {
    const next = this.choice.decision === null ? nextUndecided(this.clips, from, this.taken) : from + 1;
    if (next >= 0 && next < this.clips.length) {
      this.index = next;
      void this.lease();
      return;
    }
    void this.enqueue(() => this.openNext().catch((error: unknown) => this.explain(error)));
  }

  private showFrame(frame: number) {
    const index = this.clips.findIndex((clip) => clip.begin_frame <= frame && frame < clip.end_frame);
    this.index = Math.max(0, index);
    void this.lease();
  }

  private showClip(id: string) {
    const index = this.clips.findIndex((clip) => clip.clip_id === id);
    if (index >= 0) this.index = index;
  }

  private turn(call: () => Promise<{ data?: Decision; error?: unknown; response: Response }>): Promise<void> {
    return this.enqueue(async () => {
      this.notice = '';
      try {
        const decision = await ask(call());
        if (decision.video_id !== this.videoId) await this.openVideo(decision.video_id);
        this.note(decision, decision.video_id);
        const changed = decision.changes.find((change) => change.after)?.after;
        const back = decision.changes.find((change) => change.after && change.after.decision === null)?.after;
        const show = back ?? changed;
        if (show) this.showClip(show.clip_id);
        this.isDone = false;
        void this.lease();
      } catch (error) {
        await this.explain(error);
      }
    });
  }

  private note(decision: Decision, videoId: string) {
    if (videoId === this.videoId) {
      const current = this.clip?.clip_id;
      const clips = withChanges(this.clips, decision.changes);
      if (isPartition(clips, this.details?.source.frame_count ?? -1)) {
        this.clips = clips;
        if (current) this.showClip(current);
      } else {
        // Somebody else was at it too.
        void this.reload();
      }
    }
    // What was undone or redone stands in its own line, which only the server knows.
    const isPlain = decision.subject === null && !this.history.some((each) => each.state === 'undone');
    if (isPlain) this.history = [decision, ...this.history].slice(0, historyLength);
    else void this.loadHistory();
  }

  private async explain(error: unknown) {
    this.notice = messageOf(error);
    if (error instanceof ApiError && error.status === 409 && error.clips.length > 0) await this.reload();
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.chain.then(work);
    this.chain = done.catch(() => undefined);
    return done;
  }
}
