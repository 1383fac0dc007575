import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../../../platform/api/explain';
import { Icon } from '../../../platform/ui/icons';
import { Action, Avatar, Empty, Failure } from '../../../platform/ui/parts';
import { fullTime, shortTime } from '../../../platform/ui/time';
import type { InboxItem } from '../api/list-inbox';
import { threadQuery } from '../api/list-messages';
import { nameOf } from '../names';
import { type InboxSearch, isPlatform, isStatus } from '../search';

const rowHeight = 84; // px, as in inbox.css

export function ConversationList({ list, items, selected, search }: { list: UseInfiniteQueryResult; items: InboxItem[]; selected: string | undefined; search: InboxSearch }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const more = (list as unknown as { hasNextPage: boolean }).hasNextPage;
  const fetching = (list as unknown as { isFetchingNextPage: boolean }).isFetchingNextPage;
  const fetchMore = (list as unknown as { fetchNextPage: () => Promise<unknown> }).fetchNextPage;
  const virtual = useVirtualizer({ count: items.length + (more ? 1 : 0), getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8 });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => { if (more && !fetching && last >= items.length - 10) void fetchMore(); }, [more, fetching, last, items.length, fetchMore]);
  const at = items.findIndex((item) => item.id === selected);
  useEffect(() => { if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' }); }, [at, virtual]);
  const shown = JSON.stringify(search);
  useEffect(() => { scroller.current?.scrollTo({ top: 0 }); }, [shown]);

  if (list.isPending) return <div className="conversations" role="status" aria-label={t('common.loading')}>{Array.from({ length: 9 }, (_, i) => <div key={i} className="skeleton-row"><i /><b /><s /></div>)}</div>;
  if (list.isError && items.length === 0) return <div className="conversations"><Failure text={`${t('inbox.failed')} ${explain(list.error, t)}`} onRetry={() => { void list.refetch(); }} /></div>;
  if (items.length === 0) {
    const filtered = search.q !== undefined || search.platform !== undefined || search.view !== undefined;
    return (
      <div className="conversations">
        <Empty title={t('inbox.empty')} hint={filtered ? t('inbox.emptyFilter') : t('inbox.emptyHint')}>
          {filtered ? <Action onPress={() => { void navigate({ to: '/inbox', search: {} }); }}>{t('inbox.clear')}</Action> : null}
        </Empty>
      </div>
    );
  }
  return (
    <div className="conversations" ref={scroller} tabIndex={-1}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {rows.map((row) => {
          const item = items[row.index];
          return (
            <li key={item?.id ?? 'more'} style={{ transform: `translateY(${row.start}px)` }}>
              {item ? <Row item={item} isSelected={item.id === selected} search={search} /> : <p className="more" role="status">{t('common.more')}</p>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const Row = memo(function Row({ item, isSelected, search }: { item: InboxItem; isSelected: boolean; search: InboxSearch }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const name = nameOf(item, t('common.unknown'));
  const prefetch = () => { void client.prefetchInfiniteQuery(threadQuery(item.id)); };
  const unread = item.unread_count > 0;
  return (
    <Link to="/inbox/$conversationId" params={{ conversationId: item.id }} search={search} className={unread ? 'conversation unread' : 'conversation'} aria-current={isSelected ? 'true' : undefined} onMouseEnter={prefetch} onFocus={prefetch} preload={false}>
      <Avatar name={name} />
      <span className="conversation-name" dir="auto">{name}</span>
      {item.last_message_at ? <time dateTime={item.last_message_at} title={fullTime(item.last_message_at)}>{shortTime(item.last_message_at)}</time> : null}
      <span className="conversation-preview" dir="auto">{item.last_message_direction === 'outbound' ? <span className="you">{t('inbox.you')}: </span> : null}{item.last_message_preview ?? t('inbox.noMessage')}</span>
      {unread ? <span className="pill"><span className="visually-hidden">{t('inbox.unread', { count: item.unread_count })}</span><span aria-hidden="true">{item.unread_count > 99 ? '99+' : item.unread_count}</span></span> : null}
      <span className="conversation-meta">
        {isPlatform(item.platform) ? <><Icon name={item.platform} size={13} />{t(`platform.${item.platform}`)}</> : item.platform}
        {isStatus(item.status) ? <span className={`status ${item.status}`}>{t(`status.${item.status}`)}</span> : null}
      </span>
    </Link>
  );
});
