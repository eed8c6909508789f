// The only way to the server: typed by its OpenAPI document.
import createClient from 'openapi-fetch';
import type { components, paths } from '../generated/api';

type Schemas = components['schemas'];
export type LibraryEntry = Schemas['LibraryEntry'];
export type VideoDetails = Schemas['VideoDetails'];
export type Clip = Schemas['Clip'];
export type TimedClip = Schemas['TimedClip'];
export type Decision = Schemas['Decision'];
export type DecisionValue = Schemas['DecisionValue'];
export type Change = Schemas['Change'];
export type Cut = Schemas['Cut'];
export type Cost = Schemas['Cost'];
export type FoundClip = Schemas['FoundClip'];
export type Export = Schemas['Export'];
export type Job = Schemas['Job'];
export type Queue = Schemas['Queue'];
export type Me = Schemas['Me'];
export type Pool = Schemas['Pool'];
export type System = Schemas['System'];
export type Upload = Schemas['Upload'];

export const api = createClient<paths>({ baseUrl: '' });

// What went wrong, for people.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly clips: Clip[] = [],
  ) {
    super(message);
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// The answer's data; throws ApiError, also when the server does not answer at all.
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch {
    throw new ApiError(0, 'The server does not answer.');
  }
  if (answer.response.ok) return answer.data as T;
  const body = answer.error as { error?: { message?: string }; clips?: Clip[] } | undefined;
  throw new ApiError(answer.response.status, body?.error?.message ?? answer.response.statusText, body?.clips);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function mediaUrl(videoId: string, name: string): string {
  return `/api/v1/videos/${videoId}/media/${name}`;
}
