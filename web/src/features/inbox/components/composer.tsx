import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { explain } from '../../../platform/api/explain';
import { isLetGo } from '../../../platform/api/query-client';
import { Action } from '../../../platform/ui/parts';
import { Icon } from '../../../platform/ui/icons';
import { useSendMessage } from '../api/send-message';
import { keepDraft, readDraft } from '../drafts';

const lengthMax = 20_000; // characters, as the server takes them

export function Composer({ id, userId, name }: { id: string; userId: string; name: string }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => readDraft(userId, id));
  const [failure, setFailure] = useState('');
  const send = useSendMessage(id, userId);
  const tooMany = [...draft.text].length - lengthMax;
  const write = (text: string) => {
    // Another text is another message: only the very same one may be tried again under the same key.
    const next = { text, key: text === draft.text ? draft.key : crypto.randomUUID() };
    setDraft(next);
    keepDraft(userId, id, next);
  };
  const submit = () => {
    const reply = draft;
    if (reply.text.trim() === '' || tooMany > 0) return;
    setFailure('');
    setDraft({ text: '', key: crypto.randomUUID() }); // the kept copy stays until the server has the message
    send.mutate(reply, {
      onError: (error) => {
        if (isLetGo(error)) return;
        setDraft(readDraft(userId, id));
        setFailure(`${t('inbox.notSent')} ${explain(error, t)}`);
      },
    });
  };
  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); submit(); }}>
      {failure ? <p className="composer-failure" role="alert">{failure}</p> : null}
      <label className="visually-hidden" htmlFor="reply">{t('inbox.replyTo', { name })}</label>
      <textarea id="reply" dir="auto" rows={2} value={draft.text} placeholder={t('inbox.placeholder')} onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); submit(); }
          if (event.key === 'Escape') event.currentTarget.blur();
        }} />
      <div className="composer-foot">
        <span role="status">{tooMany > 0 ? t('inbox.tooLong', { count: tooMany }) : draft.text ? t('inbox.draft') : ''}</span>
        <span className="not-phone" aria-hidden="true"><kbd>Ctrl</kbd> <kbd>↵</kbd></span>
        <Action kind="primary" type="submit" isDisabled={draft.text.trim() === '' || tooMany > 0}><Icon name="send" size={16} />{t('inbox.send')}</Action>
      </div>
    </form>
  );
}
