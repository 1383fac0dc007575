import { afterEach, expect, test } from 'vitest';
import { setPreferences } from '../preferences';
import { dateOnly, dayOf, shortTime, span } from './time';

afterEach(() => setPreferences({ zone: 'UTC', language: 'en' }));

test('the day of an instant is the day in the chosen zone', () => {
  setPreferences({ zone: 'Europe/Vienna' });
  expect(dayOf('2026-11-30T23:30:00Z')).toBe('2026-12-01');
  setPreferences({ zone: 'America/New_York' });
  expect(dayOf('2026-11-30T03:30:00Z')).toBe('2026-11-29');
  expect(dateOnly('2026-12-07')).toBe('07 Dec 2026');
});

test('lists show the time today, the weekday this week, else the date', () => {
  setPreferences({ zone: 'UTC', language: 'en' });
  const now = Date.parse('2026-11-30T12:00:00Z');
  expect(shortTime('2026-11-30T08:05:00Z', now)).toBe('08:05');
  expect(shortTime('2026-11-28T08:05:00Z', now)).toBe('Sat');
  expect(shortTime('2026-10-02T08:05:00Z', now)).toBe('2 Oct');
  expect(shortTime('2025-10-02T08:05:00Z', now)).toBe('2 Oct 25');
  setPreferences({ language: 'de' });
  expect(shortTime('2026-11-28T08:05:00Z', now)).toBe('Sa');
  expect(span(125)).toContain('2');
});
