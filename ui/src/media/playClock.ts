// The time while a clip plays: that of its sound, where it has one, else of the system. The sound comes from an audio
// element, which reads the same file and decodes no pictures: those come from FrameDecoder, which need not go back to
// a keyframe when one clip follows the other.

// Seconds by which the sound may be off before the pictures follow it.
const tolerance = 0.04;
// The longest that pictures wait for the sound to begin, milliseconds.
const patience = 500;
// Where the pictures play already, the sound is sought so many seconds before it shall be heard: a seek takes long.
const lead = 0.25;

export class PlayClock {
  private base = 0;
  private since = 0;
  private speed = 1;
  private isStarting = false;
  private silentUntil = 0;
  private timer = 0;
  private starts = 0;

  // `shift`: the element's time of the first frame, seconds.
  constructor(
    private readonly sound: HTMLAudioElement | null,
    private readonly shift: number,
  ) {}

  // Whoever goes from clip to clip faster than this hears nothing: their keys would wait for seeks. Milliseconds.
  keepSilent(time: number) {
    this.silentUntil = performance.now() + time;
  }

  // From `seconds` on, which are below `end`, where it will be stopped.
  start(seconds: number, speed: number, end: number) {
    this.stop();
    this.speed = speed;
    this.base = seconds;
    this.since = performance.now();
    const { sound } = this;
    if (!sound) return;
    sound.playbackRate = speed;
    const silence = this.silentUntil - this.since;
    this.isStarting = silence <= 0;
    if (this.isStarting) {
      sound.currentTime = this.shift + seconds;
      this.playSound(sound);
    } else {
      this.timer = window.setTimeout(() => void this.joinIn(sound, end), silence);
    }
  }

  // The sound, where the pictures play already.
  private async joinIn(sound: HTMLAudioElement, end: number) {
    const start = this.starts;
    const target = this.now() + lead * this.speed;
    // There it is heard from the next beginning on.
    if (target >= end) return;
    const seeked = new Promise((done) => sound.addEventListener('seeked', done, { once: true }));
    sound.currentTime = this.shift + target;
    await seeked;
    if (start !== this.starts) return;
    const wait = ((target - this.now()) / this.speed) * 1000;
    this.timer = window.setTimeout(() => this.playSound(sound), Math.max(0, wait));
  }

  private playSound(sound: HTMLAudioElement) {
    // A browser that allows no sound before somebody has touched the page goes on without.
    sound.play().catch(() => (this.isStarting = false));
  }

  // Goes on from where it is.
  setSpeed(speed: number) {
    this.base = this.now();
    this.since = performance.now();
    this.speed = speed;
    if (this.sound) this.sound.playbackRate = speed;
  }

  stop() {
    ++this.starts;
    clearTimeout(this.timer);
    if (this.sound && !this.sound.paused) this.sound.pause();
  }

  // Seconds since the first frame of the video.
  now(): number {
    const elapsed = performance.now() - this.since;
    const heard = this.heard();
    if (this.isStarting) {
      if (heard === null && elapsed < patience) return this.base;
      this.isStarting = false;
      this.since = performance.now();
      if (heard !== null && Math.abs(heard - this.base) < patience / 1000) this.base = heard;
      return this.base;
    }
    const time = this.base + (elapsed / 1000) * this.speed;
    if (heard === null || Math.abs(heard - time) < tolerance) return time;
    this.base = heard;
    this.since = performance.now();
    return heard;
  }

  close() {
    this.sound?.pause();
    this.sound?.removeAttribute('src');
    this.sound?.load();
  }

  // Null while there is nothing to hear.
  private heard(): number | null {
    const { sound } = this;
    const isHeard =
      sound && !sound.paused && !sound.seeking && !sound.ended && sound.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    return isHeard ? sound.currentTime - this.shift : null;
  }
}
