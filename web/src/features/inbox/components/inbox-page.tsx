import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '../../../platform/ui/keys';
import { useOutdated } from '../../../platform/api/lists';
import { Empty, Outdated } from '../../../platform/ui/parts';
import { inboxQuery } from '../api/list-inbox';
import { threadQuery } from '../api/list-messages';
import { itemsOf } from '../cache';
import type { InboxSearch } from '../search';
import { ConversationList } from './conversation-list';
import { Conversation } from './conversation';
import { InboxFilters } from './inbox-filters';
import './inbox.css';

export function InboxPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as InboxSearch;
  const { conversationId } = useParams({ strict: false }) as { conversationId?: string };
  const list = useInfiniteQuery(inboxQuery(search));
  const { isOutdated, beginAnew } = useOutdated(inboxQuery(search).queryKey);
  const items = itemsOf(list.data);
  const at = items.findIndex((item) => item.id === conversationId);
  // Where a conversation stood when it left the list (archived): next and previous go on from there.
  const lastAt = useRef(0);
  if (at >= 0) lastAt.current = at;
  const place = at >= 0 ? at : lastAt.current;
  const nextId = items[at >= 0 ? at + 1 : conversationId ? place : 0]?.id;
  const previousId = place > 0 ? items[place - 1]?.id : undefined;

  const open = useCallback((id: string | undefined) => {
    if (id) void navigate({ to: '/inbox/$conversationId', params: { conversationId: id }, search });
  }, [navigate, search]);
  const close = useCallback(() => { void navigate({ to: '/inbox', search }); }, [navigate, search]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (at >= items.length - 5 && at >= 0 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [at, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  // The next two are opened most likely: their messages are here before they are asked for.
  const soon = items.slice(place + (at >= 0 ? 1 : 0), place + 3).map((item) => item.id).join();
  useEffect(() => {
    if (conversationId) for (const id of soon.split(',').filter(Boolean)) void client.prefetchInfiniteQuery(threadQuery(id));
  }, [client, conversationId, soon]);
  useKeys({
    j: () => open(nextId), k: () => open(previousId),
    '/': () => document.getElementById('inbox-search')?.focus(),
  });
  return (
    <div className={conversationId ? 'inbox reading' : 'inbox'}>
      <h1 className="visually-hidden">{t('inbox.title')}</h1>
      <section className="inbox-side" aria-label={t('inbox.list')}>
        <InboxFilters search={search} answer={list.data?.pages[0]} />
        {isOutdated ? <Outdated onPress={beginAnew} /> : null}
        <ConversationList list={list} items={items} selected={conversationId} search={search} />
      </section>
      <section className="inbox-main" aria-label={t('inbox.conversation')}>
        {conversationId
          ? <Conversation key={conversationId} id={conversationId} item={items[at]} onNext={nextId ? () => open(nextId) : undefined} onPrevious={previousId ? () => open(previousId) : undefined} onClose={close} />
          : <Empty title={t('inbox.choose')} hint={t('inbox.chooseHint')} />}
      </section>
    </div>
  );
}
