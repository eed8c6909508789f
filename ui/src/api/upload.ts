// Uploads that survive a reload and a restart of the server: the server says where it is, and the browser
// remembers which file belongs to which upload.
import { api, ask, ApiError } from './client';

const pieceBytes = 8 << 20;
const longestPause = 10_000;

export interface UploadProgress {
  sent: number;
  total: number;
  perSecond: number;
  isStoring: boolean;
}

function storageKey(file: File): string {
  return `heaters.upload:${file.name}:${file.size}:${file.lastModified}`;
}

async function begin(file: File): Promise<{ id: string; offset: number }> {
  const known = localStorage.getItem(storageKey(file));
  if (known) {
    try {
      const upload = await ask(api.GET('/api/v1/uploads/{upload_id}', { params: { path: { upload_id: known } } }));
      if (!upload.video_id && upload.bytes === file.size) return { id: known, offset: upload.offset };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  const made = await ask(api.POST('/api/v1/uploads', { body: { name: file.name, bytes: file.size } }));
  localStorage.setItem(storageKey(file), made.upload_id);
  return { id: made.upload_id, offset: 0 };
}

async function sendPiece(id: string, offset: number, piece: Blob): Promise<{ offset: number; videoId: string | null }> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/uploads/${id}`, {
      method: 'PATCH',
      headers: { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
      body: piece,
    });
  } catch {
    throw new ApiError(0, 'The connection was cut.');
  }
  if (response.ok) {
    return {
      offset: Number(response.headers.get('Upload-Offset')),
      videoId: response.headers.get('Heaters-Video-Id'),
    };
  }
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  throw new ApiError(response.status, body?.error?.message ?? response.statusText);
}

// A cut connection, a server that restarts, or another tab that was just cut off.
function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 503 || error.status === 409 || error.status === 400);
}

// Returns the id of the video. Goes on after cuts until it is told to stop.
export async function upload(
  file: File,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<string> {
  let { id, offset } = await begin(file);
  let pause = 500;
  const began = performance.now();
  const first = offset;
  for (;;) {
    signal.throwIfAborted();
    const end = Math.min(offset + pieceBytes, file.size);
    const seconds = (performance.now() - began) / 1000;
    onProgress({
      sent: offset,
      total: file.size,
      perSecond: seconds > 0 ? (offset - first) / seconds : 0,
      isStoring: end === file.size,
    });
    try {
      const answer = await sendPiece(id, offset, file.slice(offset, end));
      offset = answer.offset;
      pause = 500;
      if (answer.videoId) {
        localStorage.removeItem(storageKey(file));
        return answer.videoId;
      }
    } catch (error) {
      if (!mayPass(error)) {
        localStorage.removeItem(storageKey(file));
        throw error;
      }
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, longestPause);
      try {
        ({ id, offset } = await begin(file));
      } catch (again) {
        if (!mayPass(again)) throw again;
      }
    }
  }
}
