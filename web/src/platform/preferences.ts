// What a person chose for this browser: appearance, language, time zone, single keys as commands.
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'de' | 'en';
interface Preferences { theme: Theme; language: Language; zone: string | null; keys: boolean }

const place = 'sf.preferences';
const deviceLanguage = (): Language => (navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en');

function read(): Preferences {
  const found: Preferences = { theme: 'system', language: deviceLanguage(), zone: null, keys: true };
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Preferences>;
    if (kept.theme === 'light' || kept.theme === 'dark') found.theme = kept.theme;
    if (kept.language === 'de' || kept.language === 'en') found.language = kept.language;
    if (kept.keys === false) found.keys = false;
    if (typeof kept.zone === 'string') { new Intl.DateTimeFormat('en', { timeZone: kept.zone }); found.zone = kept.zone; }
  } catch { /* what cannot be read counts as not chosen */ }
  return found;
}

let current = read();
const listeners = new Set<() => void>();
export const preferences = () => current;
export const deviceZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
export const zone = () => current.zone ?? deviceZone();

export function setPreferences(change: Partial<Preferences>) {
  current = { ...current, ...change };
  try { localStorage.setItem(place, JSON.stringify(current)); } catch { /* private mode: for this page only */ }
  apply();
  for (const listener of listeners) listener();
}

/** Writes theme and language onto the document, where styles and screen readers look. */
export function apply() {
  const root = document.documentElement;
  root.lang = current.language;
  if (current.theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = current.theme;
}

export function onPreferences(listener: () => void) {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}
export const usePreferences = () => useSyncExternalStore(onPreferences, preferences);
