// Where the latest answer of each path came from and what it cost the server, for the badge on each screen.
import { useSyncExternalStore } from 'react';

interface Freshness { at: number; ageSeconds: number; source: 'live' | 'cache'; serverMs: number }

const latest = new Map<string, Freshness>();
const listeners = new Set<() => void>();

export function noteFreshness(path: string, headers: Headers) {
  const timing = /app;dur=([\d.]+)/.exec(headers.get('Server-Timing') ?? '');
  const outcome = headers.get('X-Cache');
  latest.set(path, {
    at: Date.now(),
    ageSeconds: Number(headers.get('Age') ?? 0),
    source: outcome === 'hit' || outcome === 'stale' ? 'cache' : 'live',
    serverMs: timing ? Number(timing[1]) : 0,
  });
  for (const listener of listeners) listener();
}
const subscribe = (listener: () => void) => { listeners.add(listener); return () => { listeners.delete(listener); }; };
export const useFreshness = (path: string) => useSyncExternalStore(subscribe, () => latest.get(path));
