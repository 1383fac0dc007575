import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, take } from '../../../platform/api/client';
import { refresh } from '../../../platform/api/lists';
import { explain } from '../../../platform/api/explain';
import { isLetGo } from '../../../platform/api/query-client';
import { toast } from '../../../platform/ui/toasts';

/** Sends a draft that a machine made, or discards it. */
export function useDecideDraft(conversation_id: string) {
  const client = useQueryClient();
  const { t } = useTranslation();
  return useMutation({
    mutationFn: async ({ message_id, send }: { message_id: string; send: boolean }) => {
      const params = { params: { path: { conversation_id, message_id } } };
      if (send) await take(api.POST('/api/idps/conversations/{conversation_id}/messages/{message_id}/approve', { ...params, body: {} }));
      else await take(api.DELETE('/api/idps/conversations/{conversation_id}/messages/{message_id}', params));
    },
    onError: (error) => { if (!isLetGo(error)) toast(explain(error, t), { kind: 'error' }); },
    onSettled: () => Promise.all([refresh(client, ['inbox']), refresh(client, ['badges'])]),
  });
}
