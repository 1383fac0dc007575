import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../../../platform/api/explain';
import { Action, Empty, Failure } from '../../../platform/ui/parts';
import { dayOf, fullTime, longDay, timeOf } from '../../../platform/ui/time';
import { useDecideDraft } from '../api/decide-draft';
import { type Message, threadQuery } from '../api/list-messages';
import { pendingPrefix } from '../api/send-message';

const nearEnd = 60; // px from the end that count as reading the newest

export function Thread({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const thread = useInfiniteQuery(threadQuery(id));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = thread;
  const messages = useMemo(() => {
    const seen = new Set<string>();
    return (thread.data?.pages ?? []).flatMap((page) => page.messages).filter((message) => !seen.has(message.id) && seen.add(message.id)).reverse();
  }, [thread.data]);
  const scroller = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const virtual = useVirtualizer({
    count: messages.length, getScrollElement: () => scroller.current, estimateSize: (i) => 64 + Math.ceil((messages[i]?.content.length ?? 0) / 60) * 20,
    getItemKey: (i) => messages[i]!.id, overscan: 10, paddingStart: 16, paddingEnd: 12,
  });
  const total = virtual.getTotalSize();

  // What is read stays where it is when older messages come in above it.
  const first = messages[0]?.id;
  const before = useRef({ first, total });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && pinned.current) element.scrollTop = element.scrollHeight;
    else if (element && before.current.first !== first && before.current.first !== undefined) element.scrollTop += total - before.current.total;
    before.current = { first, total };
  }, [first, total, messages]);
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    pinned.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
  };
  const top = virtual.getVirtualItems()[0]?.index ?? 0;
  useEffect(() => { if (messages.length > 0 && top < 8 && hasNextPage && !isFetchingNextPage) void fetchNextPage(); }, [messages.length, top, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (thread.isPending) return <div className="thread" role="status" aria-label={t('common.loading')}>{[3, 5, 2, 4].map((lines, i) => <div key={i} className={i % 2 ? 'skeleton-message own' : 'skeleton-message'} data-lines={lines} />)}</div>;
  if (thread.isError && messages.length === 0) return <div className="thread"><Failure text={`${t('inbox.threadFailed')} ${explain(thread.error, t)}`} onRetry={() => { void thread.refetch(); }} /></div>;
  if (messages.length === 0) return <div className="thread"><Empty title={t('inbox.threadEmpty')} /></div>;
  return (
    <div className="thread" ref={scroller} onScroll={onScroll} tabIndex={0} role="region" aria-label={t('inbox.thread')}>
      <div className="thread-space" style={{ height: total }} role="list">
        {virtual.getVirtualItems().map((row) => {
          const message = messages[row.index]!;
          const older = messages[row.index - 1];
          const isNewDay = !older || dayOf(older.sent_at) !== dayOf(message.sent_at);
          return (
            <div key={row.key} role="listitem" ref={virtual.measureElement} data-index={row.index} style={{ transform: `translateY(${row.start}px)` }}>
              {!older && !hasNextPage ? <p className="thread-begin">{t('inbox.begin')}</p> : null}
              {isNewDay ? <p className="thread-day"><span>{longDay(message.sent_at)}</span></p> : null}
              <Bubble message={message} name={name} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Bubble({ message, name }: { message: Message; name: string }) {
  const { t } = useTranslation();
  const decide = useDecideDraft(message.conversation_id);
  const own = message.direction === 'outbound';
  const isDraft = message.delivery_status === 'pending';
  const isSending = message.id.startsWith(pendingPrefix);
  const delivery = isSending ? t('inbox.sending') : message.read_at && own ? t('inbox.read') : message.delivery_status === 'delivered' ? t('inbox.delivered') : message.delivery_status === 'failed' ? t('inbox.failedDelivery') : '';
  return (
    <article className={`bubble ${own ? 'own' : 'theirs'}${isDraft ? ' draft' : ''}${isSending ? ' sending' : ''}`}>
      <h3 className="visually-hidden">{own ? t('inbox.outbound') : t('inbox.inbound', { name })}</h3>
      {isDraft ? <p className="bubble-draft">{t('inbox.machineDraft')}</p> : null}
      <p className="bubble-text" dir="auto">{message.content}</p>
      <p className="bubble-foot">
        {message.is_ai_generated ? <span>{t('inbox.ai')}</span> : null}
        <time dateTime={message.sent_at} title={fullTime(message.sent_at)}>{timeOf(message.sent_at)}</time>
        {own && !isDraft && delivery ? <span>{delivery}</span> : null}
      </p>
      {isDraft ? (
        <p className="bubble-decide">
          <Action kind="primary" isDisabled={decide.isPending} onPress={() => decide.mutate({ message_id: message.id, send: true })}>{t('inbox.approve')}</Action>
          <Action isDisabled={decide.isPending} onPress={() => decide.mutate({ message_id: message.id, send: false })}>{t('inbox.discard')}</Action>
        </p>
      ) : null}
    </article>
  );
}
