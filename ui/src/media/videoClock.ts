// A media element together with the frame table: which frame it shows, and how to make it show one.
import { frameAt } from './packetIndex';

export interface VideoClock {
  video: HTMLVideoElement;
  // The element's time of the first frame, seconds.
  shift: number;
}

// The time of the frame that the element shows now; null when it cannot be told.
export function shownTime(video: HTMLVideoElement): { seconds: number; image: VideoFrame | null } | null {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
  if (typeof VideoFrame !== 'undefined') {
    try {
      const image = new VideoFrame(video);
      return { seconds: image.timestamp / 1e6, image };
    } catch {
      return null;
    }
  }
  return null;
}

export function middleOf(times: Float64Array, frame: number): number {
  const begin = times[frame] ?? 0;
  return (begin + (times[frame + 1] ?? begin)) / 2;
}

// What the element shows after a seek, by the frame's own time where the browser tells it, else by the time of
// the frame that was presented last.
async function shownAfterSeek(clock: VideoClock, times: Float64Array, wanted: number): Promise<{ number: number; image: VideoFrame | null }> {
  const { video } = clock;
  const patience = 400;
  let presented = -1;
  let isWatching = true;
  const watch = (_: number, metadata: VideoFrameCallbackMetadata) => {
    presented = frameAt(times, metadata.mediaTime - clock.shift);
    if (isWatching) video.requestVideoFrameCallback(watch);
  };
  video.requestVideoFrameCallback(watch);
  const until = performance.now() + patience;
  try {
    for (;;) {
      const now = shownTime(video);
      const number = now ? frameAt(times, now.seconds - clock.shift) : presented;
      // The picture that was there before may stay a moment longer.
      if (number === wanted || performance.now() > until) return { number, image: now?.image ?? null };
      now?.image?.close();
      await new Promise((done) => setTimeout(done, 4));
    }
  } finally {
    isWatching = false;
  }
}

// Shows a frame; returns the number of the one that is shown then, and its picture where the browser gives one.
// The number is the element's own word: where it differs from what was asked for, it is the truth.
export async function seekTo(
  clock: VideoClock,
  times: Float64Array,
  frame: number,
): Promise<{ number: number; image: VideoFrame | null }> {
  const { video } = clock;
  for (let attempt = 0; ; ++attempt) {
    const seeked = new Promise<void>((done) => video.addEventListener('seeked', () => done(), { once: true }));
    // Into the frame rather than to its edge, which rounding could miss.
    video.currentTime = clock.shift + middleOf(times, frame) + attempt * 0.0002;
    await seeked;
    const shown = await shownAfterSeek(clock, times, frame);
    if (shown.number === frame || attempt === 2) return shown;
    shown.image?.close();
  }
}

// The element's time of the first frame: containers may begin later than at 0.
export async function findShift(video: HTMLVideoElement, expected: number): Promise<number> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    await new Promise<void>((done, fail) => {
      video.addEventListener('loadeddata', () => done(), { once: true });
      video.addEventListener('error', () => fail(new Error(video.error?.message ?? 'the video does not play')), {
        once: true,
      });
    });
  }
  const now = video.currentTime === 0 ? shownTime(video) : null;
  now?.image?.close();
  return now ? now.seconds : expected;
}
