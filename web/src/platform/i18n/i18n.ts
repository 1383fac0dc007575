import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { onPreferences, preferences } from '../preferences';
import { de } from './de';
import { en } from './en';

declare module 'i18next' {
  interface CustomTypeOptions { defaultNS: 'words'; resources: { words: typeof en } }
}

void i18next.use(initReactI18next).init({
  lng: preferences().language,
  fallbackLng: false,
  defaultNS: 'words',
  resources: { en: { words: en }, de: { words: de } },
  interpolation: { escapeValue: false }, // React escapes
});
onPreferences(() => { void i18next.changeLanguage(preferences().language); });
export const i18n = i18next;
