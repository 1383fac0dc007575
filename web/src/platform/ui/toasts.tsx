// Short words about what just happened, with a way back where there is one.
import { useSyncExternalStore } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { IconButton } from './parts';

interface Toast { id: number; text: string; kind: 'info' | 'error'; undo?: (() => void) | undefined }
let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const set = (next: Toast[]) => { toasts = next; for (const listener of listeners) listener(); };
const subscribe = (listener: () => void) => { listeners.add(listener); return () => { listeners.delete(listener); }; };

export function toast(text: string, more: { kind?: 'info' | 'error'; undo?: () => void } = {}) {
  const id = nextId++;
  set([...toasts.slice(-2), { id, text, kind: more.kind ?? 'info', undo: more.undo }]);
  setTimeout(() => drop(id), more.kind === 'error' ? 12_000 : 8_000);
}
const drop = (id: number) => { if (toasts.some((one) => one.id === id)) set(toasts.filter((one) => one.id !== id)); };
const takeBack = (one: Toast) => { drop(one.id); one.undo?.(); };
/** Takes the latest thing back that can be; false when there is none. */
export function undoLatest(): boolean {
  const latest = toasts.findLast((one) => one.undo);
  if (latest) takeBack(latest);
  return latest !== undefined;
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={`toast ${one.kind}`}>
          <span>{one.text}</span>
          {one.undo ? <Button className="toast-undo" onPress={() => takeBack(one)}>{t('common.undo')} <kbd>z</kbd></Button> : null}
          <IconButton icon="close" label={t('common.close')} onPress={() => drop(one.id)} />
        </div>
      ))}
    </div>
  );
}
