import { expect, test } from 'vitest';
import { orderOf, readLeadsSearch, sortedBy, toFilter } from './search';

test('the best scores come first, and nonsense in the address counts as not there', () => {
  expect(readLeadsSearch({ filter: 'all', by: 'p_score', order: 'desc', status: 'nothing' })).toEqual({});
  expect(toFilter({})).toEqual({ sort_by: 'p_score', sort_order: 'desc' });
  expect(toFilter({ filter: 'hot', status: 'won' })).toEqual({ filter: 'hot', status: 'won', sort_by: 'p_score', sort_order: 'desc' });
});

test('a second click on a column turns its order round', () => {
  const byName = sortedBy({}, 'name');
  expect(orderOf(byName)).toEqual({ by: 'name', order: 'asc' });
  const reversed = sortedBy(byName, 'name');
  expect(orderOf(reversed)).toEqual({ by: 'name', order: 'desc' });
  expect(sortedBy(reversed, 'name')).toEqual(byName);
  expect(sortedBy(reversed, 'p_score')).toEqual({});
});
