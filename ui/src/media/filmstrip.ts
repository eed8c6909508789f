// The filmstrip of a video: small stills on sheets, and which frame each is.
import { mediaUrl } from '../api/client';

export interface Tile {
  frame: number;
  time: number;
  sheet: number;
  x: number;
  y: number;
}

export interface Filmstrip {
  tile_width: number;
  tile_height: number;
  sheets: string[];
  tiles: Tile[];
}

const known = new Map<string, Promise<Filmstrip>>();
const mostKnown = 100;

export function filmstripOf(videoId: string): Promise<Filmstrip> {
  let promise = known.get(videoId);
  if (!promise) {
    promise = fetch(mediaUrl(videoId, 'filmstrip.json')).then((response) => {
      if (!response.ok) throw new Error(`read the filmstrip: ${response.status}`);
      return response.json() as Promise<Filmstrip>;
    });
    promise.catch(() => known.delete(videoId));
    known.set(videoId, promise);
    for (const oldest of known.keys()) {
      if (known.size <= mostKnown) break;
      known.delete(oldest);
    }
  }
  return promise;
}

// The tile nearest to a frame.
export function tileAt(strip: Filmstrip, frame: number): Tile | null {
  let low = 0;
  let high = strip.tiles.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((strip.tiles[middle]?.frame ?? 0) < frame) low = middle + 1;
    else high = middle;
  }
  const after = strip.tiles[low];
  const before = strip.tiles[low - 1];
  if (!after) return before ?? null;
  return before && frame - before.frame < after.frame - frame ? before : after;
}

// A tile as the background of an element that is `width` pixels wide, in CSS.
export interface TileStyle {
  image: string;
  position: string;
  size: string;
  width: number;
  height: number;
}

// Of sheets that are so many tiles wide (docs/formats.md).
const tilesAcross = 10;

export function tileStyle(videoId: string, strip: Filmstrip, tile: Tile, width: number): TileStyle {
  const scale = width / strip.tile_width;
  return {
    image: `url(${mediaUrl(videoId, strip.sheets[tile.sheet] ?? '')})`,
    position: `${-tile.x * scale}px ${-tile.y * scale}px`,
    size: `${tilesAcross * width}px auto`,
    width,
    height: strip.tile_height * scale,
  };
}
