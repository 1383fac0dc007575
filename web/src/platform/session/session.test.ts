import { beforeEach, expect, test, vi } from 'vitest';
import { type Message, SessionKeeper, SessionOver } from './session';

const user = (id: string) => ({ id, email: `${id}@x.example` });
const tokens = (token: string, id = 'anna') => new Response(JSON.stringify({ access_token: token, refresh_token: '', token_type: 'bearer', expires_in: 900, user: user(id) }));
const refused = () => new Response('{"detail":"no"}', { status: 401 });

let now = 0;
let answers: Response[] = [];
let asked: string[] = [];
let told: Message[] = [];
let keeper: SessionKeeper;
beforeEach(() => {
  now = 1_000_000; answers = []; asked = []; told = [];
  const kept = new Map<string, string>();
  keeper = new SessionKeeper({
    fetch: async (path) => { asked.push(String(path)); const next = answers.shift(); if (!next) throw new TypeError('no network'); return next; },
    now: () => now, alone: (work) => work(), tell: (message) => told.push(message),
    storage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => { kept.set(k, v); }, removeItem: (k) => { kept.delete(k); } },
  });
});

test('a page that nobody signed in to asks the server nothing', async () => {
  await keeper.begin();
  expect(keeper.state.kind).toBe('none');
  expect(asked).toEqual([]);
});

test('a token near its end is traded once, however many ask', async () => {
  answers = [tokens('first')];
  await keeper.signIn('anna', 'secret');
  expect(await keeper.token()).toBe('first');
  now += 890_000;
  answers = [tokens('second')];
  expect(await Promise.all([keeper.token(), keeper.token(), keeper.token()])).toEqual(['second', 'second', 'second']);
  expect(asked).toEqual(['/api/auth/login', '/api/auth/refresh']);
});

test('a session that ended keeps the screen, and what waits goes on after signing in again', async () => {
  const wipe = vi.fn();
  keeper.onWipe = wipe;
  answers = [tokens('first')];
  await keeper.signIn('anna', 'secret');
  keeper.refused('first');
  answers = [refused(), tokens('third')];
  const waiting = keeper.token();
  await vi.waitFor(() => expect(keeper.state.kind).toBe('ended'));
  await keeper.signIn('anna', 'secret');
  expect(await waiting).toBe('third');
  expect(wipe).not.toHaveBeenCalled();
});

test('another account, or leaving, wipes what was seen and lets go of what waits', async () => {
  const wipe = vi.fn();
  keeper.onWipe = wipe;
  answers = [tokens('first')];
  await keeper.signIn('anna', 'secret');
  keeper.refused('first');
  answers = [refused(), tokens('other', 'ben')];
  const waiting = keeper.token();
  await vi.waitFor(() => expect(keeper.state.kind).toBe('ended'));
  await keeper.signIn('ben', 'secret');
  expect(wipe).toHaveBeenCalledTimes(1);
  expect(await waiting).toBe('other');
  keeper.refused('other');
  answers = [refused(), new Response('{}')];
  const again = keeper.token();
  await vi.waitFor(() => expect(keeper.state.kind).toBe('ended'));
  await keeper.signOut();
  await expect(again).rejects.toBeInstanceOf(SessionOver);
  expect(wipe).toHaveBeenCalledTimes(2);
  expect(told.at(-1)).toEqual({ kind: 'out' });
});

test('without a network the session is not given up', async () => {
  answers = [tokens('first')];
  await keeper.signIn('anna', 'secret');
  keeper.refused('first');
  await expect(keeper.token()).rejects.toBeInstanceOf(TypeError);
  expect(keeper.state.kind).toBe('active');
});
