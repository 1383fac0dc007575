import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, take } from '../../../platform/api/client';
import { refresh } from '../../../platform/api/lists';
import { explain } from '../../../platform/api/explain';
import { isLetGo } from '../../../platform/api/query-client';
import { toast } from '../../../platform/ui/toasts';
import { findItem, patchItem } from '../cache';
import type { Status } from '../search';

interface StatusChange { from: Status; to: Status; name: string; etag?: string }

async function setStatus(conversation_id: string, { to, etag }: StatusChange) {
  return take(api.POST('/api/idps/conversations/{conversation_id}/status', {
    params: { path: { conversation_id }, query: { new_status: to } },
    headers: etag ? { 'If-Match': etag } : {},
  }));
}

/** Shown at once. Taking it back is the change back, and only while nobody changed the conversation in between. */
export function useSetStatus(id: string) {
  const client = useQueryClient();
  const { t } = useTranslation();
  const change = useMutation({
    scope: { id: `conversation-${id}` },
    mutationFn: (wanted: StatusChange) => setStatus(id, wanted),
    onMutate: async ({ to }) => {
      const item = findItem(client, id);
      const restore = patchItem(client, id, { status: to });
      await client.cancelQueries({ queryKey: ['inbox', 'list'] });
      return { restore: item ? restore : () => undefined };
    },
    onSuccess: ({ etag }, wanted, context) => {
      if (wanted.etag) { toast(t('inbox.undone')); return; }
      const text = wanted.to === 'archived' ? t('inbox.archived', { name: wanted.name }) : t('inbox.statusSet', { name: wanted.name, status: t(`status.${wanted.to}`) });
      toast(text, etag ? { undo: () => { context.restore(); change.mutate({ from: wanted.to, to: wanted.from, name: wanted.name, etag }); } } : {});
    },
    onError: (error, _wanted, context) => {
      context?.restore();
      if (!isLetGo(error)) toast(explain(error, t), { kind: 'error' });
    },
    onSettled: () => Promise.all([refresh(client, ['inbox', 'list']), refresh(client, ['inbox', 'conversation', id]), refresh(client, ['badges'])]),
  });
  return change;
}
