// Shows frames of one clip on a canvas: plays them in a loop, steps, jumps. What is on the canvas is a frame of
// known number, and `onFrame` tells it; nothing outside of the clip is ever drawn while it plays.
import { FrameSource, type Picture } from './frameSource';
import { frameAt } from './packetIndex';
import { PlayClock } from './playClock';
import { VideoClock } from './videoClock';

export interface Span {
  begin: number;
  end: number;
}

export interface PlayerState {
  frame: number;
  isPlaying: boolean;
  speed: number;
}

// After a clip is shown: until it plays, and until it is heard. Milliseconds.
const playDelay = 120;
const silenceAfterShow = 600;

export class ClipPlayer {
  private readonly context: CanvasRenderingContext2D;
  private span: Span = { begin: 0, end: 1 };
  private target = 0;
  private shown = -1;
  private isStepping = false;
  private direction: 0 | 1 | -1 = 0;
  private speed = 1;
  private generation = 0;
  private reverseTimer = 0;
  private isClosed = false;
  // Observed: to ask for it between a key and its effect would lay out the page once more.
  private canvasWidth: number;
  private readonly resizes = new ResizeObserver(() => (this.canvasWidth = this.canvas.clientWidth));

  private constructor(
    private readonly canvas: HTMLCanvasElement,
    readonly source: FrameSource,
    // By which it plays: one of both.
    private readonly player: PlayClock | VideoClock,
    private readonly onState: (state: PlayerState) => void,
  ) {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('the browser gives no canvas');
    this.context = context;
    this.canvasWidth = canvas.clientWidth;
    this.resizes.observe(canvas);
  }

  // `shift`: the media element's time of the first frame, seconds. `video` is used only where WebCodecs is not.
  static async open(
    canvas: HTMLCanvasElement,
    video: HTMLVideoElement,
    media: { proxy: string; index: string; shift: number; hasSound: boolean },
    onState: (state: PlayerState) => void,
    useDecoder: boolean,
  ): Promise<ClipPlayer> {
    const clock = new VideoClock(video, media.shift);
    const source = await FrameSource.open(media.proxy, media.index, clock, useDecoder);
    if (source.kind === 'decoder') {
      const sound = media.hasSound ? new Audio(media.proxy) : null;
      if (sound) sound.preload = 'auto';
      return new ClipPlayer(canvas, source, new PlayClock(sound, media.shift), onState);
    }
    video.src = media.proxy;
    await clock.ready();
    return new ClipPlayer(canvas, source, clock, onState);
  }

  get frame(): number {
    return this.shown;
  }
  get isPlaying(): boolean {
    return this.direction !== 0;
  }

  // Shows the first frame of the clip, at once if it is at hand, and plays it if wished.
  async show(span: Span, play: boolean): Promise<void> {
    this.halt();
    const generation = this.generation;
    this.span = span;
    this.target = span.begin;
    const ready = this.source.peek(span.begin);
    if (ready) this.draw(ready);
    else await this.settle();
    if (!play) return;
    if (this.player instanceof PlayClock) this.player.keepSilent(silenceAfterShow);
    // Who decides faster than this has seen enough, and is not kept waiting by a seek of the player.
    await new Promise((done) => setTimeout(done, playDelay));
    // Unless somebody wanted something else meanwhile.
    if (generation === this.generation) this.play();
  }

  setSpan(span: Span) {
    this.span = span;
  }

  async goTo(frame: number): Promise<void> {
    this.halt();
    this.target = Math.max(0, Math.min(frame, this.source.frameCount - 1));
    const ready = this.source.peek(this.target);
    if (ready) this.draw(ready);
    else await this.settle();
    this.report();
  }

  step(frames: number): Promise<void> {
    return this.goTo((this.isPlaying ? this.shown : this.target) + frames);
  }

  play(direction: 1 | -1 = 1) {
    if (this.isClosed) return;
    this.halt();
    this.direction = direction;
    if (direction < 0) this.playBackwards();
    else if (this.player instanceof PlayClock) void this.playDecoded(this.player);
    else void this.playElement(this.player);
    this.report();
  }

  pause() {
    const wasPlaying = this.isPlaying;
    this.halt();
    if (wasPlaying) this.target = this.shown;
    this.report();
  }

  setSpeed(speed: number) {
    this.speed = Math.max(0.25, Math.min(4, speed));
    if (this.player instanceof VideoClock) this.player.video.playbackRate = this.speed;
    else this.player.setSpeed(this.speed);
    this.report();
  }

  close() {
    this.halt();
    this.isClosed = true;
    this.resizes.disconnect();
    this.source.close();
    this.player.close();
  }

  // Has these frames ready soon, the first ones first.
  prepare(frames: number[]) {
    const { width, rotation } = this.source.index;
    const isTurned = rotation % 180 !== 0;
    this.source.prepare(frames, isTurned ? width : this.pixelsWide());
  }

  private halt() {
    ++this.generation;
    this.direction = 0;
    clearTimeout(this.reverseTimer);
    this.player.stop();
    this.source.rest();
  }

  private report() {
    this.onState({ frame: this.shown, isPlaying: this.isPlaying, speed: this.speed });
  }

  // Decodes towards the target, which may move on meanwhile: key repeats do not queue up.
  private async settle(): Promise<void> {
    if (this.isStepping) {
      while (this.isStepping && !this.isClosed) await new Promise((done) => setTimeout(done, 1));
      return;
    }
    this.isStepping = true;
    try {
      while (!this.isClosed && this.shown !== this.target) {
        const wanted = this.target;
        const picture = await this.source.picture(wanted);
        if (!this.isClosed && !this.isPlaying) this.draw(picture);
        picture.close();
        if (wanted === this.target) break;
      }
    } finally {
      this.isStepping = false;
    }
  }

  // Of the canvas on this screen, in steps, so that a window that is pulled at does not make it anew all the time.
  private pixelsWide(): number {
    const wanted = this.canvasWidth * (window.devicePixelRatio || 1);
    const step = 320;
    return Math.max(step, Math.ceil(wanted / step) * step);
  }

  private draw(picture: Picture) {
    const isTurned = picture.rotation % 180 !== 0;
    // Not more pixels than are seen: converting and drawing them is what a frame costs most.
    const seen = Math.min(1, this.pixelsWide() / (isTurned ? picture.height : picture.width));
    const width = Math.round((isTurned ? picture.height : picture.width) * seen);
    const height = Math.round((isTurned ? picture.width : picture.height) * seen);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    if (picture.rotation === 0) {
      // The next one comes before anybody could see what is rough.
      this.context.imageSmoothingEnabled = !this.isPlaying;
      this.context.drawImage(picture.image, 0, 0, width, height);
    } else {
      this.context.save();
      this.context.translate(width / 2, height / 2);
      this.context.rotate((picture.rotation * Math.PI) / 180);
      const [across, down] = isTurned ? [height, width] : [width, height];
      this.context.drawImage(picture.image, -across / 2, -down / 2, across, down);
      this.context.restore();
    }
    this.shown = picture.number;
    this.report();
  }

  private get beginning(): number {
    return this.shown >= this.span.begin && this.shown < this.span.end - 1 ? this.shown : this.span.begin;
  }

  // The clock tells the time, the decoder gives the frames of that time. Who is late shows none: never another.
  private async playDecoded(clock: PlayClock) {
    const generation = this.generation;
    const { times } = this.source.index;
    const isCurrent = () => generation === this.generation && !this.isClosed;
    // The sound does not begin before the pictures can.
    const startAt = async (frame: number) => {
      const first = this.source.peek(frame) ?? (await this.source.picture(frame));
      if (isCurrent() && this.shown !== frame) this.draw(first);
      first.close();
      const next = Math.min(frame + 1, this.span.end - 1);
      if (!this.source.peek(next)) (await this.source.picture(next)).close();
      if (isCurrent()) clock.start(times[frame] ?? 0, this.speed, times[this.span.end] ?? Infinity);
    };
    const turn = async () => {
      if (!isCurrent()) return;
      const number = frameAt(times, clock.now());
      if (number >= this.span.end || clock.now() >= (times[this.span.end] ?? Infinity)) {
        clock.stop();
        await startAt(this.span.begin);
      } else if (number !== this.shown) {
        const picture = this.source.run(number, this.span.end - 1);
        if (picture) this.draw(picture);
      }
      requestAnimationFrame(() => void go(turn));
    };
    const go = (work: () => Promise<void>) => work().catch(() => isCurrent() && this.pause());
    await go(async () => {
      await startAt(this.beginning);
      await turn();
    });
  }

  private async playElement(clock: VideoClock) {
    const generation = this.generation;
    const { video } = clock;
    const { times } = this.source.index;
    const isCurrent = () => generation === this.generation && !this.isClosed;
    video.playbackRate = this.speed;
    clock.seek(times, this.beginning);
    const onFrame = (_: number, metadata: VideoFrameCallbackMetadata) => {
      if (!isCurrent()) return;
      const { number, image } = clock.shown(times, metadata.mediaTime);
      const isInside = number >= this.span.begin && number < this.span.end;
      // After the last frame, and before a seek to the first has arrived.
      if (isInside && !video.seeking) this.drawPlaying(video, number, image);
      image?.close();
      if (!isInside && !video.seeking) clock.seek(times, this.span.begin);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    video.onended = () => {
      if (!isCurrent()) return;
      clock.seek(times, this.span.begin);
      void video.play().catch(() => undefined);
    };
    try {
      await video.play();
    } catch {
      // A browser that allows no sound before somebody has touched the page plays without.
      if (!isCurrent()) return;
      video.muted = true;
      await video.play().catch(() => isCurrent() && this.pause());
    }
  }

  private drawPlaying(video: HTMLVideoElement, number: number, image: VideoFrame | null) {
    const isUpright = this.source.index.rotation === 0;
    this.draw({
      number,
      // The element turns its picture by itself.
      image: image && isUpright ? image : video,
      width: video.videoWidth,
      height: video.videoHeight,
      rotation: 0,
      close: () => undefined,
    });
  }

  // By single frames: media elements do not play backwards.
  private playBackwards() {
    const generation = this.generation;
    const tick = async () => {
      const began = performance.now();
      const next = this.shown <= this.span.begin ? this.span.end - 1 : this.shown - 1;
      const picture = this.source.peek(next) ?? (await this.source.picture(next).catch(() => null));
      if (generation !== this.generation || this.isClosed || !picture) return picture?.close();
      this.draw(picture);
      picture.close();
      const { times } = this.source.index;
      const length = ((times[next + 1] ?? 0) - (times[next] ?? 0)) * (1000 / this.speed);
      this.reverseTimer = window.setTimeout(() => void tick(), Math.max(0, length - (performance.now() - began)));
    };
    void tick();
  }
}
