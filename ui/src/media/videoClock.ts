// A media element together with the frame table: which frame it shows, and how to make it show one. For browsers and
// videos that WebCodecs is not there for.
//
// What browsers tell differs (seen in Chromium 146, Firefox 153, WebKitGTK 2.50; tests/browser/exactness.mjs):
// - VideoFrame's timestamp is the picture's own time in Chromium and WebKit, and of no use in Firefox, where it is
//   the element's time in whole seconds, and the picture, while playing, may be the one before.
// - The mediaTime of a callback is that of a picture that was presented; by now a newer one may be there, which
//   only its timestamp can tell.
// - Where the edit list says that the video begins late, or where B-frames make a delay that it takes away, Chromium
//   heeds it, Firefox does not, and WebKit does when it seeks but not when it tells the time of a picture.
import { frameAt } from './packetIndex';

export interface Shown {
  number: number;
  image: VideoFrame | null;
}

// The longest that anything waits for a browser to say what it shows.
const patience = 400;

export class VideoClock {
  // What the element says its first frame's time is, which need not be where a seek finds it.
  private labelShift: number;
  // Whether the timestamps of pictures are to be believed; null: it has not shown yet.
  private hasTimestamps: boolean | null = typeof VideoFrame === 'undefined' ? false : null;

  // `shift`: the element's time of the first frame, seconds: containers may begin later than at 0.
  constructor(
    readonly video: HTMLVideoElement,
    private shift: number,
  ) {
    this.labelShift = shift;
  }

  stop() {
    if (!this.video.paused) this.video.pause();
  }

  close() {
    this.stop();
    this.video.removeAttribute('src');
    this.video.load();
  }

  // Once it is known what the element's times mean; throws when it cannot play.
  async ready(): Promise<void> {
    const { video } = this;
    const announced = this.nextAnnouncement();
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      await new Promise<void>((done, fail) => {
        video.addEventListener('loadeddata', () => done(), { once: true });
        video.addEventListener('error', () => fail(new Error(video.error?.message ?? 'the video does not play')), {
          once: true,
        });
      });
    }
    const label = (await announced) ?? this.timestamp();
    if (label !== null) this.labelShift = label;
    if (label !== null && Math.abs(label - this.shift) < 0.001) return;
    // Either seeks go by the same time as labels, or by the container's: one seek shows it. WebKit shows nothing
    // before the first seek when the video begins late.
    const begin = Math.max(label ?? 0, this.shift);
    const target = begin + Math.max(0, video.duration - begin) / 2;
    // Where nothing is announced, it is WebKit, whose pictures have their times.
    const found = (await this.seekAndLook(target)) ?? (label === null ? this.timestamp() : null);
    if (found === null) return;
    const offset = found - target;
    if (label === null) this.labelShift = this.shift + offset;
    else if (Math.abs(offset) < Math.abs(label - offset - this.shift)) this.shift = label;
  }

  // Of the picture that is there, where it has one.
  private timestamp(): number | null {
    const image = this.picture();
    image?.close();
    return image && image.timestamp / 1e6;
  }

  // Seeks, and gives the time of the picture that is presented then; null when the browser does not tell.
  private async seekAndLook(seconds: number): Promise<number | null> {
    const { video } = this;
    const seeked = new Promise<void>((done) => video.addEventListener('seeked', () => done(), { once: true }));
    video.currentTime = seconds;
    const announced = new Promise<number>((done) => {
      const watch = (_: number, metadata: VideoFrameCallbackMetadata) => {
        if (video.seeking) video.requestVideoFrameCallback(watch);
        else done(metadata.mediaTime);
      };
      video.requestVideoFrameCallback(watch);
    });
    await seeked;
    const late = new Promise<null>((done) => setTimeout(() => done(null), patience));
    return Promise.race([announced, late]);
  }

  // Into the frame rather than to its edge, which rounding could miss.
  seek(times: Float64Array, frame: number, nudge = 0) {
    const begin = times[frame] ?? 0;
    this.video.currentTime = this.shift + (begin + (times[frame + 1] ?? begin)) / 2 + nudge;
  }

  // What is shown when a callback says that a picture with the time `announced` was presented.
  shown(times: Float64Array, announced: number): Shown {
    const number = this.frameOf(times, announced);
    const image = this.picture();
    if (!image) return { number, image };
    const labelled = this.frameOf(times, image.timestamp / 1e6);
    // The picture is the one that was announced, or one that came after it: never an older one.
    if (labelled < number) this.hasTimestamps = false;
    else if (labelled === number && number > 0) this.hasTimestamps ??= true;
    return { number: this.hasTimestamps === false ? number : labelled, image };
  }

  // Shows a frame; returns the number of the one that is shown then, and its picture where the browser gives one.
  // The number is the element's own word: where it differs from what was asked for, it is the truth.
  async show(times: Float64Array, frame: number): Promise<Shown> {
    for (let attempt = 0; ; ++attempt) {
      const shown = await this.showOnce(times, frame, attempt * 0.0002);
      if (shown.number === frame || attempt === 2) return shown;
      shown.image?.close();
    }
  }

  private async showOnce(times: Float64Array, frame: number, nudge: number): Promise<Shown> {
    const { video } = this;
    let announced: number | null = null;
    let isWatching = true;
    const watch = (_: number, metadata: VideoFrameCallbackMetadata) => {
      if (!isWatching) return;
      // Until the seek is done, it is the picture of before.
      if (!video.seeking) announced = metadata.mediaTime;
      video.requestVideoFrameCallback(watch);
    };
    video.requestVideoFrameCallback(watch);
    const seeked = new Promise<void>((done) => video.addEventListener('seeked', () => done(), { once: true }));
    this.seek(times, frame, nudge);
    await seeked;
    const until = performance.now() + patience;
    let looks = 0;
    try {
      for (;;) {
        const isLate = performance.now() > until;
        const now = this.shownAtRest(times, announced, isLate);
        // The picture that was there before may stay a moment longer. Where nothing is announced (WebKit), a busy machine
        // may give it once under the time of the new one: the second look counts.
        const isSure = now?.number === frame && (announced !== null || ++looks === 2);
        if (now && (isSure || isLate)) return now;
        now?.image?.close();
        if (isLate) return { number: -1, image: null };
        await new Promise((done) => setTimeout(done, 4));
      }
    } finally {
      isWatching = false;
    }
  }

  private shownAtRest(times: Float64Array, announced: number | null, isLate: boolean): Shown | null {
    if (announced !== null) return this.shown(times, announced);
    const image = this.hasTimestamps ?? isLate ? this.picture() : null;
    return image && { number: this.frameOf(times, image.timestamp / 1e6), image };
  }

  private frameOf(times: Float64Array, label: number): number {
    return frameAt(times, label - this.labelShift);
  }

  private picture(): VideoFrame | null {
    if (typeof VideoFrame === 'undefined' || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    try {
      return new VideoFrame(this.video);
    } catch {
      return null;
    }
  }

  // The time of the next picture that is presented; null when there is none for a while.
  private nextAnnouncement(): Promise<number | null> {
    return new Promise((done) => {
      this.video.requestVideoFrameCallback((_, metadata) => done(metadata.mediaTime));
      const giveUp = () => setTimeout(() => done(null), patience);
      if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) giveUp();
      else this.video.addEventListener('loadeddata', giveUp, { once: true });
    });
  }
}
