import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, take } from '../../../platform/api/client';
import { refresh } from '../../../platform/api/lists';
import { explain } from '../../../platform/api/explain';
import { isLetGo } from '../../../platform/api/query-client';
import { toast } from '../../../platform/ui/toasts';
import { patchItem } from '../cache';

export function useMarkRead(id: string) {
  const client = useQueryClient();
  const { t } = useTranslation();
  return useMutation({
    scope: { id: `conversation-${id}` },
    mutationFn: async ({ read }: { read: boolean }) => {
      const params = { params: { path: { conversation_id: id } } };
      return (await take(read ? api.POST('/api/idps/conversations/{conversation_id}/read', params) : api.POST('/api/idps/conversations/{conversation_id}/unread', params))).data;
    },
    onMutate: async ({ read }) => {
      const restore = patchItem(client, id, { unread_count: read ? 0 : 1 });
      await client.cancelQueries({ queryKey: ['inbox', 'list'] });
      return { restore };
    },
    onSuccess: (answer) => { patchItem(client, id, { unread_count: answer.unread_count }); },
    onError: (error, _wanted, context) => {
      context?.restore();
      if (!isLetGo(error)) toast(explain(error, t), { kind: 'error' });
    },
    onSettled: () => refresh(client, ['badges']),
  });
}
