// Times as people read them, in the chosen language and zone.
import { preferences, zone } from '../preferences';

const locale = () => (preferences().language === 'de' ? 'de-AT' : 'en-GB');
const made = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions) {
  const key = JSON.stringify(options) + locale() + zone();
  let found = made.get(key);
  if (!found) { found = new Intl.DateTimeFormat(locale(), { timeZone: zone(), ...options }); made.set(key, found); }
  return found;
}
/** "2026-11-30" in the chosen zone: what day an instant is. Put together from its parts, since locales change their forms. */
export function dayOf(instant: string | number | Date): string {
  const parts = format({ calendar: 'gregory', numberingSystem: 'latn', year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(new Date(instant));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
export const timeOf = (instant: string) => format({ hour: '2-digit', minute: '2-digit' }).format(new Date(instant));
export const longDay = (instant: string) => format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(instant));
export const fullTime = (instant: string) => format({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
/** A date without a time ("2026-12-07") is the same day in every zone. */
export const dateOnly = (day: string) => new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', day: '2-digit', month: 'short', year: 'numeric' }).format(new Date(`${day.slice(0, 10)}T00:00:00Z`));

/** As short as a list has room for: the time today, the weekday this week, else the date. */
export function shortTime(instant: string, now = Date.now()): string {
  const then = new Date(instant);
  if (dayOf(then) === dayOf(now)) return timeOf(instant);
  const days = (now - then.getTime()) / 86_400_000;
  if (days >= 0 && days < 6) return format({ weekday: 'short' }).format(then);
  return format(then.getFullYear() === new Date(now).getFullYear() ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: '2-digit' }).format(then);
}

/** "5 s", "3 min": how long ago, in words. */
export function span(seconds: number): string {
  const unit = (value: number, name: string) => new Intl.NumberFormat(locale(), { style: 'unit', unit: name, unitDisplay: 'short' }).format(Math.floor(value));
  if (seconds < 60) return unit(seconds, 'second');
  if (seconds < 3600) return unit(seconds / 60, 'minute');
  return unit(seconds / 3600, 'hour');
}
export const count = (value: number) => new Intl.NumberFormat(locale()).format(value);
