import type { QueryClient } from '@tanstack/react-query';
import type { News } from '../../platform/stream/parser';

let due: ReturnType<typeof setTimeout> | null = null;
export function hearLeads(client: QueryClient, news: News) {
  if (news.kind !== 'change' || news.change.table !== 'leads') return;
  due ??= setTimeout(() => { due = null; void client.invalidateQueries({ queryKey: ['leads'] }); }, 100);
}
