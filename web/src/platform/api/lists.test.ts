import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { expect, test, vi } from 'vitest';
import { refresh } from './lists';

const follow = (client: QueryClient, key: string, pages: number) => {
  const ask = vi.fn(async () => ({ items: [] }));
  client.setQueryData(['leads', 'list', key], { pages: Array.from({ length: pages }, () => ({ items: [] })), pageParams: Array.from({ length: pages }, (_, i) => i) });
  const observer = new InfiniteQueryObserver(client, { queryKey: ['leads', 'list', key], queryFn: ask, initialPageParam: 0, getNextPageParam: (_page, _all, last: number) => last + 1, staleTime: Infinity });
  observer.subscribe(() => undefined);
  return ask;
};

test('a short list is loaded again when something changed; a long one only says that it is outdated', async () => {
  const client = new QueryClient();
  const short = follow(client, 'short', 3), long = follow(client, 'long', 40);
  await refresh(client, ['leads']);
  expect(short).toHaveBeenCalledTimes(3);
  expect(long).not.toHaveBeenCalled();
  expect(client.getQueryState(['leads', 'list', 'long'])?.isInvalidated).toBe(true);
  expect(client.getQueryState(['leads', 'list', 'short'])?.isInvalidated).toBe(false);
});
