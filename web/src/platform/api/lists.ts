// Lists (keys [feature, 'list', …]) that were scrolled far down have many pages, and each is a request: they are not loaded again behind the reader's
// back, but when the reader says so.
import { type QueryClient, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';

const pagesMax = 10; // that are loaded again without asking
export const isLong = (query: { queryKey: QueryKey; state: { data?: unknown } }) => query.queryKey[1] === 'list' && ((query.state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > pagesMax;

/** What is kept under this key may be others by now: short lists are loaded again, long ones say that they are outdated. */
export function refresh(client: QueryClient, queryKey: QueryKey): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey, predicate: (query) => !isLong(query) }),
    client.invalidateQueries({ queryKey, predicate: isLong, refetchType: 'none' }),
  ]);
}

/** Whether a long list has changed meanwhile, and how to begin it anew. */
export function useOutdated(queryKey: QueryKey): { isOutdated: boolean; beginAnew: () => void } {
  const client = useQueryClient();
  const cache = client.getQueryCache();
  const isOutdated = useSyncExternalStore(useCallback((listener: () => void) => cache.subscribe(listener), [cache]), () => {
    const query = cache.find({ queryKey });
    return query !== undefined && isLong(query) && query.state.isInvalidated;
  });
  return { isOutdated, beginAnew: () => { void client.resetQueries({ queryKey, exact: true }); } };
}
