import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { api, take } from '../../../platform/api/client';
import type { components } from '../../../platform/api/schema';
import { type InboxSearch, toFilter } from '../search';

export type InboxAnswer = components['schemas']['InboxAnswer'];
export type InboxItem = NonNullable<InboxAnswer['items']>[number];

export const inboxQuery = (search: InboxSearch) => infiniteQueryOptions({
  queryKey: ['inbox', 'list', search],
  queryFn: async ({ pageParam, signal }) => {
    const query = { ...toFilter(search), limit: 50, ...(pageParam ? { cursor: pageParam } : {}) };
    return (await take(api.GET('/api/idps/inbox', { params: { query }, signal }))).data;
  },
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor ?? undefined,
  placeholderData: keepPreviousData,
});
