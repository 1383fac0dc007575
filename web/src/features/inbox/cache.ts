// Changes of one conversation in everything that is kept of it here: own writes are seen in the next frame.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { InboxAnswer, InboxItem } from './api/list-inbox';
import type { Message, MessagesAnswer } from './api/list-messages';
import { belongs, type InboxSearch } from './search';

type Lists = InfiniteData<InboxAnswer>;
type Thread = InfiniteData<MessagesAnswer>;
const lists = { queryKey: ['inbox', 'list'] };

export const itemsOf = (data: Lists | undefined): InboxItem[] => {
  const seen = new Set<string>(); // a row that moved between two pages was loaded twice
  return (data?.pages ?? []).flatMap((page) => page.items ?? []).filter((item) => !seen.has(item.id) && seen.add(item.id));
};

export function findItem(client: QueryClient, id: string): InboxItem | undefined {
  for (const [, data] of client.getQueriesData<Lists>(lists)) {
    const found = itemsOf(data).find((item) => item.id === id);
    if (found) return found;
  }
  return undefined;
}

/** Changes the conversation in every list, and takes it out of those it no longer belongs to. Returns the way back. */
export function patchItem(client: QueryClient, id: string, change: Partial<InboxItem>): () => void {
  const before = client.getQueriesData<Lists>(lists);
  for (const [key, data] of before) {
    if (!data) continue;
    const search = key[2] as InboxSearch;
    client.setQueryData<Lists>(key, {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        items: (page.items ?? []).flatMap((item) => {
          if (item.id !== id) return [item];
          const changed = { ...item, ...change };
          return belongs(search, changed.status) ? [changed] : [];
        }),
      })),
    });
  }
  return () => { for (const [key, data] of before) client.setQueryData(key, data); };
}

const threadKey = (id: string) => ['inbox', 'thread', id];
/** Puts a message at the end of a conversation. Returns the way back. */
export function addMessage(client: QueryClient, message: Message): () => void {
  const key = threadKey(message.conversation_id);
  client.setQueryData<Thread>(key, (data) => data && {
    ...data, pages: data.pages.map((page, i) => (i === 0 ? { ...page, messages: [message, ...page.messages] } : page)),
  });
  return () => replaceMessage(client, message.conversation_id, message.id, null);
}
export function replaceMessage(client: QueryClient, conversationId: string, id: string, by: Message | null) {
  client.setQueryData<Thread>(threadKey(conversationId), (data) => data && {
    ...data,
    pages: data.pages.map((page) => {
      const others = by ? page.messages.filter((each) => each.id !== by.id || each.id === id) : page.messages; // the stream may have brought it
      return { ...page, messages: others.flatMap((each) => (each.id === id ? (by ? [by] : []) : [each])) };
    }),
  });
}
