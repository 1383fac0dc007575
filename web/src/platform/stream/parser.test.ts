import { expect, test } from 'vitest';
import { EventParser, newsOf } from './parser';

const text = 'event: ready\ndata: {"resumed":false}\n\nid: 7\nevent: changes\ndata: {"table":"leads","operation":"update","ids":["a"]}\n\n: heartbeat\nid: 8\n\nevent: badges\ndata: {}\n\n';

test('reads the same events wherever the text is cut', () => {
  const whole = new EventParser().feed(text);
  expect(whole.map((event) => [event.name, event.id])).toEqual([['ready', null], ['changes', '7'], ['', '8'], ['badges', null]]);
  for (let cut = 0; cut <= text.length; cut += 1) {
    const parser = new EventParser();
    expect([...parser.feed(text.slice(0, cut)), ...parser.feed(text.slice(cut))]).toEqual(whole);
  }
});

test('a stream that goes on without a gap loads nothing again; one that begins anew does', () => {
  const [fresh] = new EventParser().feed('event: ready\ndata: {"resumed":false}\n\n');
  const [resumed] = new EventParser().feed('event: ready\ndata: {"resumed":true}\n\n');
  expect(newsOf(fresh!)).toEqual({ kind: 'all' });
  expect(newsOf(resumed!)).toBeNull();
  expect(newsOf(new EventParser().feed(text)[1]!)).toEqual({ kind: 'change', change: { table: 'leads', operation: 'update', ids: ['a'] } });
});
