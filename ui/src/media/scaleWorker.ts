// Draws a frame at the size in which it will be seen, on a thread of its own: see FrameScaler.
interface Order {
  id: number;
  frame: VideoFrame;
  width: number;
  height: number;
}

self.onmessage = ({ data }: MessageEvent<Order>) => {
  const { id, frame, width, height } = data;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d', { alpha: false })?.drawImage(frame, 0, 0, width, height);
  frame.close();
  const bitmap = canvas.transferToImageBitmap();
  self.postMessage({ id, bitmap }, { transfer: [bitmap] });
};
