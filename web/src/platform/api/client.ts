// The typed client of the server's API. Its types are made from /openapi.json (npm run types).
import createClient from 'openapi-fetch';
import { session } from '../session/session';
import { noteFreshness } from './freshness';
import type { paths } from './schema';

/// An answer that is no success, or none at all (status 0).
export class ApiError extends Error {
  constructor(readonly status: number, readonly detail: string, readonly retryAfterSeconds = 0) { super(detail || `status ${status}`); }
}

/** Adds the token and asks again once with a fresh one when it is refused. */
async function askServer(request: Request): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    const token = await session.token();
    const sent = request.clone();
    sent.headers.set('Authorization', `Bearer ${token}`);
    let answer: Response;
    try {
      // The browser may keep answers, but asks each time: its own idea of what is fresh would hide own writes.
      answer = await fetch(sent, { cache: request.method === 'GET' ? 'no-cache' : 'no-store' });
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new ApiError(0, 'no answer');
    }
    if (answer.status === 401 && attempt === 0) { session.refused(token); continue; }
    if (request.method === 'GET' && answer.ok) noteFreshness(new URL(request.url).pathname, answer.headers);
    return answer;
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: askServer });

/** The data of an answer with its ETag; throws ApiError for anything but a success. */
export async function take<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<{ data: T; etag: string | null }> {
  const { data, error, response } = await asked;
  if (!response.ok) {
    const detail = typeof error === 'object' && error !== null && 'detail' in error ? String(error.detail) : '';
    throw new ApiError(response.status, detail, Number(response.headers.get('Retry-After') ?? 0));
  }
  return { data: data as T, etag: response.headers.get('ETag') };
}
