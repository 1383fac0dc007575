import { QueryClient } from '@tanstack/react-query';
import { session, SessionOver } from '../session/session';
import { ApiError } from './client';
import { isLong } from './lists';

const worthAnother = (error: unknown) => error instanceof ApiError && (error.status === 0 || error.status === 503 || error.status === 504);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000, // ms, the server's own limit for lists; the stream tells what changed before
      gcTime: 10 * 60_000,
      retry: (failures, error) => failures < 2 && worthAnother(error),
      networkMode: 'offlineFirst',
      refetchOnMount: (query) => !isLong(query),
      refetchOnReconnect: (query) => !isLong(query),
      refetchOnWindowFocus: (query) => !isLong(query),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
const wipes = new Set<() => void>([() => queryClient.clear()]);
session.onWipe = () => { for (const wipe of wipes) wipe(); };
/** What else of a person must go when they leave. */
export const onWipe = (wipe: () => void) => { wipes.add(wipe); };
export const isLetGo = (error: unknown) => error instanceof SessionOver;
