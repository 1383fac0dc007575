import type { QueryClient } from '@tanstack/react-query';
import { refresh } from '../../platform/api/lists';
import type { News } from '../../platform/stream/parser';

let due: ReturnType<typeof setTimeout> | null = null;
export function hearLeads(client: QueryClient, news: News) {
  if (news.kind !== 'change' || news.change.table !== 'leads') return;
  due ??= setTimeout(() => { due = null; void refresh(client, ['leads']); }, 100);
}
