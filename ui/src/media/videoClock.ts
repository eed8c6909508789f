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

function nextFrame(video: HTMLVideoElement): Promise<number> {
  return new Promise((done) => video.requestVideoFrameCallback((_, metadata) => done(metadata.mediaTime)));
}

export function middleOf(times: Float64Array, frame: number): number {
  const begin = times[frame] ?? 0;
  return (begin + (times[frame + 1] ?? begin)) / 2;
}

// Shows a frame, and returns the number of the one that is shown then, by the element's own word.
export async function seekTo(clock: VideoClock, times: Float64Array, frame: number): Promise<number> {
  const { video, shift } = clock;
  let shown = -1;
  for (let attempt = 0; attempt < 3; ++attempt) {
    // Into the frame rather than to its edge, which rounding could miss.
    const target = shift + middleOf(times, frame) + attempt * 0.0002;
    const presented = nextFrame(video);
    const seeked = new Promise<void>((done) => video.addEventListener('seeked', () => done(), { once: true }));
    video.currentTime = target;
    await seeked;
    // When the frame is the one that was shown before, no new one is presented.
    const mediaTime = await Promise.race([presented, new Promise<null>((done) => setTimeout(() => done(null), 300))]);
    if (mediaTime !== null) shown = frameAt(times, mediaTime - shift);
    if (shown === frame) return shown;
    const now = shownTime(video);
    if (now) {
      now.image?.close();
      shown = frameAt(times, now.seconds - shift);
      if (shown === frame) return shown;
    }
  }
  return shown;
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
