import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../platform/ui/icons';
import { Choose, FreshnessBadge } from '../../../platform/ui/parts';
import { count } from '../../../platform/ui/time';
import type { InboxAnswer } from '../api/list-inbox';
import { badgesQuery } from '../api/read-badges';
import { type InboxSearch, platforms, type Platform, readInboxSearch, statuses } from '../search';

type Counts = Record<string, Record<string, number>>;

export function InboxFilters({ search, answer }: { search: InboxSearch; answer: InboxAnswer | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { conversationId } = useParams({ strict: false }) as { conversationId?: string };
  const badges = useQuery(badgesQuery).data;
  const byStatus = badges?.by_status as Counts | undefined;
  const byPlatform = badges?.by_platform as Counts | undefined;
  const shown = (value: number | undefined) => (value === undefined ? undefined : count(value));
  const go = (change: Record<string, unknown>) => {
    const next = readInboxSearch({ ...search, ...change });
    void (conversationId ? navigate({ to: '/inbox/$conversationId', params: { conversationId }, search: next, replace: true }) : navigate({ to: '/inbox', search: next, replace: true }));
  };
  const [text, setText] = useState(search.q ?? '');
  const latest = useRef(go);
  latest.current = go;
  useEffect(() => setText(search.q ?? ''), [search.q]);
  useEffect(() => {
    if (text.trim() === (search.q ?? '')) return undefined;
    const timer = setTimeout(() => latest.current({ q: text.trim() }), 180); // ms after the last letter
    return () => clearTimeout(timer);
  }, [text, search.q]);
  return (
    <div className="inbox-filters">
      <div className="search">
        <Icon name="search" />
        <input id="inbox-search" type="search" aria-label={t('inbox.search')} placeholder={t('inbox.search')} value={text} maxLength={200}
          onChange={(event) => setText(event.target.value)} onKeyDown={(event) => { if (event.key === 'Escape') { setText(''); event.currentTarget.blur(); } }} />
        <kbd>/</kbd>
      </div>
      <div className="filter-row">
        <Choose compact label={t('inbox.view')} value={search.view ?? 'open'} onChange={(view) => go({ view })} choices={[
          { id: 'open', label: t('inbox.open'), count: shown(badges?.conversations.open) },
          { id: 'attention', label: t('inbox.attention'), count: shown(badges?.needs_attention.count) },
          ...statuses.map((status) => ({ id: status, label: t(`status.${status}`), count: shown(byStatus ? (byStatus[status]?.conversations ?? 0) : undefined) })),
          { id: 'all', label: t('inbox.allStatuses'), count: shown(badges?.conversations.total) },
        ]} />
        <Choose compact label={t('inbox.channel')} value={search.platform ?? 'all'} onChange={(platform) => go({ platform })} choices={[
          { id: 'all', label: t('inbox.allPlatforms') },
          ...platforms.map((platform: Platform) => ({ id: platform, label: t(`platform.${platform}`), count: shown(byPlatform ? (byPlatform[platform]?.open ?? 0) : undefined) })),
        ]} />
        <Choose compact label={t('inbox.sort')} value={search.sort ?? 'priority'} onChange={(sort) => go({ sort })} choices={[{ id: 'priority', label: t('inbox.priority') }, { id: 'newest', label: t('inbox.newest') }]} />
      </div>
      <div className="inbox-sum">
        <span role="status">{answer ? t(answer.total_is_capped ? 'inbox.totalCapped' : 'inbox.total', { count: answer.total_count ?? 0 }) : ''}</span>
        <FreshnessBadge path="/api/idps/inbox" />
      </div>
    </div>
  );
}
