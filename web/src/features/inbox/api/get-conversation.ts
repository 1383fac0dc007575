import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../../../platform/api/client';

export const conversationQuery = (conversation_id: string) => queryOptions({
  queryKey: ['inbox', 'conversation', conversation_id],
  queryFn: async ({ signal }) => (await take(api.GET('/api/idps/conversations/{conversation_id}', { params: { path: { conversation_id } }, signal }))).data.conversation,
});
