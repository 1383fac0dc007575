import type { QueryClient } from '@tanstack/react-query';
import { refresh } from '../../platform/api/lists';
import type { News } from '../../platform/stream/parser';

let due: ReturnType<typeof setTimeout> | null = null;
const stale = new Set<string>();

/** Loads again what the stream says was written. What comes close together is one load. */
export function hearInbox(client: QueryClient, news: News) {
  if (news.kind === 'badges') stale.add('["badges"]');
  if (news.kind === 'change' && news.change.table === 'dm_conversations') {
    stale.add('["inbox","list"]');
    for (const id of news.change.ids ?? []) stale.add(JSON.stringify(['inbox', 'conversation', id]));
    if (news.change.ids === null) stale.add('["inbox","conversation"]');
  }
  if (news.kind === 'change' && news.change.table === 'dm_messages') stale.add('["inbox","thread"]');
  if (stale.size === 0) return;
  due ??= setTimeout(() => {
    due = null;
    for (const key of stale) void refresh(client, JSON.parse(key) as string[]);
    stale.clear();
  }, 40);
}
