import { useEffect, useRef } from 'react';
import { preferences } from '../preferences';

const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const covered = () => document.querySelector('[role="dialog"], [role="listbox"], [role="menu"]') !== null;

/** Single keys as commands, while nobody types and nothing lies on top; whoever speaks to the computer can switch them off. */
export function useKeys(keys: Record<string, () => void>) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!preferences().keys || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || covered()) return;
      const command = latest.current[event.key];
      if (!command) return;
      event.preventDefault();
      command();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
