import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../../../platform/api/client';
import { refresh } from '../../../platform/api/lists';
import type { Message } from './list-messages';
import { addMessage, patchItem, replaceMessage } from '../cache';
import { keepDraft, readDraft } from '../drafts';

export interface Reply { text: string; key: string }
export const pendingPrefix = 'pending-';

/** The reply stands in the conversation at once, and is kept as a draft until the server has it; a second try under the same key is the same message. */
export function useSendMessage(id: string, userId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ text, key }: Reply) => (await take(api.POST('/api/idps/conversations/{conversation_id}/messages', {
      params: { path: { conversation_id: id }, header: { 'Idempotency-Key': key } }, body: { content: text },
    }))).data.message,
    onMutate: async ({ text, key }) => {
      await client.cancelQueries({ queryKey: ['inbox', 'thread', id] });
      const now = new Date().toISOString();
      const shown: Message = {
        id: pendingPrefix + key, conversation_id: id, user_id: userId, direction: 'outbound', content: text, is_ai_generated: false,
        contains_question: false, contains_objection: false, contains_interest_signal: false, sent_at: now, created_at: now, row_version: 0,
      };
      return { takeBack: addMessage(client, shown) };
    },
    onSuccess: (message, { key }) => {
      if (readDraft(userId, id).key === key) keepDraft(userId, id, { text: '', key });
      replaceMessage(client, id, pendingPrefix + key, message);
      patchItem(client, id, { last_message_preview: message.content.slice(0, 280), last_message_direction: 'outbound', last_message_at: message.sent_at, unread_count: 0 });
    },
    onError: (_error, reply, context) => {
      context?.takeBack();
      // What was written meanwhile stands behind it.
      const now = readDraft(userId, id);
      if (now.key !== reply.key) keepDraft(userId, id, { text: now.text ? `${reply.text}\n\n${now.text}` : reply.text, key: now.text ? crypto.randomUUID() : reply.key });
    },
    onSettled: () => Promise.all([refresh(client, ['inbox', 'thread', id]), refresh(client, ['inbox', 'list']), refresh(client, ['badges'])]),
  });
}
