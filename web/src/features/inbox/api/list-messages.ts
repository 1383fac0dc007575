import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, take } from '../../../platform/api/client';
import type { components } from '../../../platform/api/schema';

export type MessagesAnswer = components['schemas']['MessagesAnswer'];
export type Message = MessagesAnswer['messages'][number];

export const threadQuery = (conversation_id: string) => infiniteQueryOptions({
  queryKey: ['inbox', 'thread', conversation_id],
  queryFn: async ({ pageParam, signal }) => {
    const query = { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) };
    return (await take(api.GET('/api/idps/conversations/{conversation_id}/messages', { params: { path: { conversation_id }, query }, signal }))).data;
  },
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});
