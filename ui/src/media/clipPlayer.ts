// Shows frames of one clip on a canvas: plays them in a loop, steps, jumps. What is on the canvas is a frame of
// known number, and `onFrame` tells it; nothing outside of the clip is ever drawn while it plays.
import { FrameSource, type Picture } from './frameSource';
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

const playDelay = 120;

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

  private constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly clock: VideoClock,
    readonly source: FrameSource,
    private readonly onState: (state: PlayerState) => void,
  ) {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('the browser gives no canvas');
    this.context = context;
  }

  static async open(
    canvas: HTMLCanvasElement,
    video: HTMLVideoElement,
    urls: { proxy: string; index: string },
    // The element's time of the first frame, seconds.
    shift: number,
    onState: (state: PlayerState) => void,
    useDecoder: boolean,
  ): Promise<ClipPlayer> {
    const clock = new VideoClock(video, shift);
    video.src = urls.proxy;
    const ready = clock.ready();
    // Told by who waits for it.
    ready.catch(() => undefined);
    const source = await FrameSource.open(urls.proxy, urls.index, clock, useDecoder);
    // Only where the element gives the pictures does anything have to wait for it.
    if (source.kind === 'element') await ready;
    return new ClipPlayer(canvas, clock, source, onState);
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
    else void this.playForwards();
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
    this.clock.video.playbackRate = this.speed;
    this.report();
  }

  close() {
    this.halt();
    this.isClosed = true;
    this.source.close();
    this.clock.video.removeAttribute('src');
    this.clock.video.load();
  }

  private halt() {
    ++this.generation;
    this.direction = 0;
    clearTimeout(this.reverseTimer);
    if (!this.clock.video.paused) this.clock.video.pause();
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
    const wanted = this.canvas.clientWidth * (window.devicePixelRatio || 1);
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

  private async playForwards() {
    const generation = this.generation;
    const { video } = this.clock;
    const { times } = this.source.index;
    const isCurrent = () => generation === this.generation && !this.isClosed;
    const begin = this.shown >= this.span.begin && this.shown < this.span.end - 1 ? this.shown : this.span.begin;
    await this.clock.ready().catch(() => undefined);
    if (!isCurrent()) return;
    video.playbackRate = this.speed;
    this.clock.seek(times, begin);
    const onFrame = (_: number, metadata: VideoFrameCallbackMetadata) => {
      if (!isCurrent()) return;
      const { number, image } = this.clock.shown(times, metadata.mediaTime);
      const isInside = number >= this.span.begin && number < this.span.end;
      // After the last frame, and before a seek to the first has arrived.
      if (isInside && !video.seeking) {
        if (this.clock.knowsPictures || !this.source.canRun) this.drawPlaying(number, image);
        else this.drawRunning(number);
      }
      image?.close();
      if (!isInside && !video.seeking) this.clock.seek(times, this.span.begin);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    video.onended = () => {
      if (!isCurrent()) return;
      this.clock.seek(times, this.span.begin);
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

  private drawPlaying(number: number, image: VideoFrame | null) {
    const { video } = this.clock;
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

  // The element is only the clock: its pictures are not to be trusted, those of the decoder are.
  private drawRunning(number: number) {
    const picture = this.source.run(number);
    if (picture) this.draw(picture);
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
