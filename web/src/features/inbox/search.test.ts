import { expect, test } from 'vitest';
import { belongs, readInboxSearch, toFilter } from './search';

test('an address says what is shown, and nonsense in it counts as not there', () => {
  expect(readInboxSearch({ view: 'archived', platform: 'email', q: 'anna', sort: 'newest' })).toEqual({ view: 'archived', platform: 'email', q: 'anna', sort: 'newest' });
  expect(readInboxSearch({ view: '<script>', platform: 7, q: '  ', sort: 'oldest' })).toEqual({});
  expect(readInboxSearch({ q: 4711 })).toEqual({ q: '4711' });
});

test('the open view leaves out what is done, and a conversation that is archived leaves it', () => {
  const shown = toFilter({}).statuses!.split(',');
  expect(shown).toContain('replied');
  expect(shown).not.toContain('archived');
  expect(shown).not.toContain('unsubscribed');
  expect(toFilter({ view: 'attention', platform: 'sms' })).toEqual({ needs_attention: true, platforms: 'sms' });
  expect(belongs({}, 'archived')).toBe(false);
  expect(belongs({ view: 'archived' }, 'archived')).toBe(true);
  expect(belongs({ view: 'all' }, 'archived')).toBe(true);
});
