import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useUserId } from '../../../platform/session/session';
import { Icon } from '../../../platform/ui/icons';
import { useKeys } from '../../../platform/ui/keys';
import { Avatar, Choose, IconButton } from '../../../platform/ui/parts';
import { toast } from '../../../platform/ui/toasts';
import { conversationQuery } from '../api/get-conversation';
import type { InboxItem } from '../api/list-inbox';
import { useMarkRead } from '../api/mark-read';
import { useSetStatus } from '../api/set-status';
import { nameOf } from '../names';
import { isPlatform, isStatus, type Status, statuses } from '../search';
import { Composer } from './composer';
import { Thread } from './thread';

interface Props { id: string; item: InboxItem | undefined; onNext: (() => void) | undefined; onPrevious: (() => void) | undefined; onClose: () => void }

export function Conversation({ id, item, onNext, onPrevious, onClose }: Props) {
  const { t } = useTranslation();
  const userId = useUserId();
  const found = useQuery(conversationQuery(id));
  const kept = useRef(item);
  if (item) kept.current = item; // a conversation that left the list keeps its name here
  const who = kept.current ?? found.data;
  const name = nameOf(kept.current ?? { platform_contact_handle: found.data?.platform_contact_handle ?? null }, found.isPending ? '…' : t('common.unknown'));
  const status = item?.status ?? found.data?.status;
  const change = useSetStatus(id);
  const mark = useMarkRead(id);
  const unread = (item?.unread_count ?? 0) > 0;

  // Whoever opens a conversation has read it; one that is marked as unread by hand stays so until it is opened again.
  const asked = useRef(false);
  const { mutate } = mark;
  useEffect(() => {
    if (asked.current || !item) return;
    asked.current = true;
    if (item.unread_count > 0) mutate({ read: true });
  }, [item, mutate]);

  const setStatus = (to: Status) => { if (status && isStatus(status) && to !== status) change.mutate({ from: status, to, name }); };
  const archive = () => {
    if (!status || !isStatus(status)) return;
    if (status === 'archived') { setStatus('replied'); return; }
    setStatus('archived');
    if (onNext) onNext();
    else if (onPrevious) onPrevious();
    else onClose();
  };
  const toggleRead = () => {
    mark.mutate({ read: unread });
    toast(t(unread ? 'inbox.markedRead' : 'inbox.markedUnread'));
  };
  const writeReply = () => document.getElementById('reply')?.focus();
  useKeys({ e: archive, r: writeReply, u: toggleRead, Escape: onClose });
  return (
    <>
      <header className="conversation-head">
        <span className="only-phone"><IconButton icon="back" label={t('inbox.back')} onPress={onClose} /></span>
        <Avatar name={name} />
        <div className="conversation-who">
          <h2 dir="auto">{name}</h2>
          <p>
            {who && isPlatform(who.platform) ? <><Icon name={who.platform} size={13} />{t(`platform.${who.platform}`)}</> : null}
            {who?.platform_contact_handle ? <span className="handle">{who.platform_contact_handle}</span> : null}
          </p>
        </div>
        <div className="conversation-tools">
          {status && isStatus(status) ? <Choose compact label={t('inbox.setStatus')} value={status} onChange={(to) => { if (isStatus(to)) setStatus(to); }} choices={statuses.map((one) => ({ id: one, label: t(`status.${one}`) }))} /> : null}
          <IconButton icon="unread" label={t(unread ? 'inbox.markRead' : 'inbox.markUnread')} onPress={toggleRead} />
          <IconButton icon={status === 'archived' ? 'restore' : 'archive'} label={t(status === 'archived' ? 'inbox.unarchive' : 'inbox.archive')} onPress={archive} />
          <span className="not-phone"><IconButton icon="up" label={t('inbox.previous')} isDisabled={!onPrevious} onPress={() => onPrevious?.()} /><IconButton icon="down" label={t('inbox.next')} isDisabled={!onNext} onPress={() => onNext?.()} /></span>
        </div>
      </header>
      <Thread id={id} name={name} />
      <Composer id={id} userId={userId} name={name} />
    </>
  );
}
