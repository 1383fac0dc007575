// Who is signed in. The access token lives in memory, the refresh token in an HttpOnly cookie that no script can read.
import { useSyncExternalStore } from 'react';
import type { components } from '../api/schema';

export type User = components['schemas']['User'];
type Tokens = components['schemas']['TokenBody'];

/// `ended`: the session is over, but the screen stays with all that was typed until the person signs in again.
type Session =
  | { kind: 'unknown' }
  | { kind: 'none' }
  | { kind: 'active'; user: User }
  | { kind: 'ended'; user: User };

export class SignInError extends Error {
  constructor(readonly status: number, readonly detail: string) { super(detail); }
}
/// What waits for a session is let go: the person left instead of signing in again.
export class SessionOver extends Error {}

const hint = 'sf.signed-in'; // a page that nobody signed in to need not ask for a token
const early = 20_000; // ms before its end a token counts as used up

interface Dependencies {
  fetch: typeof fetch;
  now: () => number;
  /** Runs `work` while no other tab does. */
  alone: <T>(work: () => Promise<T>) => Promise<T>;
  tell: (message: Message) => void;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}
export type Message = { kind: 'out' } | { kind: 'in'; user: string };

export class SessionKeeper {
  #state: Session = { kind: 'unknown' };
  #token = '';
  #endsAt = 0;
  #refreshing: Promise<void> | null = null;
  #waiting: { go: () => void; stop: (error: Error) => void }[] = [];
  #listeners = new Set<() => void>();
  /** Called when what one account saw must go: sign-out, another account. */
  onWipe: () => void = () => {};

  constructor(private readonly use: Dependencies) {}

  get state() { return this.#state; }
  subscribe = (listener: () => void) => { this.#listeners.add(listener); return () => { this.#listeners.delete(listener); }; };
  snapshot = () => this.#state;

  /** Finds out whether the cookie still holds a session. Throws where the server does not answer. */
  async begin() {
    if (this.#state.kind !== 'unknown') return;
    if (this.use.storage.getItem(hint) === null) this.#become({ kind: 'none' });
    else await this.#refresh();
  }

  /** A token that is good for a while. Waits while the person has to sign in again; throws SessionOver when they leave. */
  async token(): Promise<string> {
    const isActive = () => this.#state.kind === 'active';
    if (isActive() && this.use.now() < this.#endsAt - early) return this.#token;
    if (isActive() || this.#state.kind === 'unknown') await this.#refresh();
    if (isActive()) return this.#token;
    if (this.#state.kind === 'ended') await new Promise<void>((go, stop) => this.#waiting.push({ go, stop }));
    if (isActive()) return this.#token;
    throw new SessionOver('signed out');
  }

  /** The server refused this token: another one is needed, if that was the latest. */
  refused(token: string) { if (token === this.#token) this.#endsAt = 0; }

  signIn = (username: string, password: string) => this.#enter('/api/auth/login', { username, password });
  signUp = (body: { email: string; password: string; first_name: string; last_name: string; company?: string }) => this.#enter('/api/auth/signup', body);

  async signOut() {
    const token = this.#token;
    this.#leave();
    this.use.tell({ kind: 'out' });
    if (token) {
      const headers = { Authorization: `Bearer ${token}` };
      await this.use.fetch('/api/auth/logout', { method: 'POST', headers }).catch(() => undefined);
    }
  }

  /** What another tab did. */
  heard(message: Message) {
    if (message.kind === 'out') { if (this.#state.kind !== 'none') this.#leave(); return; }
    const own = this.#user()?.id;
    if (own !== undefined && own !== message.user) this.#leave();
    if (this.#state.kind !== 'active') {
      this.#become({ kind: 'unknown' });
      void this.#refresh().catch(() => this.#become({ kind: 'none' }));
    }
  }

  async #enter(path: string, body: object) {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const answer = await this.use.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) {
      const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
      throw new SignInError(answer.status, problem.detail ?? '');
    }
    const tokens = (await answer.json()) as Tokens;
    const before = this.#user();
    if (before && before.id !== tokens.user.id) this.onWipe();
    this.#take(tokens);
    this.use.tell({ kind: 'in', user: tokens.user.id });
  }

  #user() { return this.#state.kind === 'active' || this.#state.kind === 'ended' ? this.#state.user : undefined; }

  #refresh() {
    this.#refreshing ??= this.use.alone(() => this.#ask()).finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  async #ask() {
    if (this.#state.kind === 'active' && this.use.now() < this.#endsAt - early) return;
    const answer = await this.use.fetch('/api/auth/refresh', { method: 'POST', headers: { Accept: 'application/json' } });
    if (answer.ok) {
      const tokens = (await answer.json()) as Tokens;
      const before = this.#user();
      if (before && before.id !== tokens.user.id) this.onWipe(); // another account signed in, in another tab
      this.#take(tokens);
    } else if (answer.status === 401 || answer.status === 403) {
      const user = this.#user();
      if (user) this.#become({ kind: 'ended', user });
      else { this.use.storage.removeItem(hint); this.#become({ kind: 'none' }); }
    } else {
      throw new SignInError(answer.status, '');
    }
  }

  #take(tokens: Tokens) {
    this.#token = tokens.access_token;
    this.#endsAt = this.use.now() + tokens.expires_in * 1000;
    this.use.storage.setItem(hint, '1');
    this.#become({ kind: 'active', user: tokens.user });
    for (const one of this.#waiting.splice(0)) one.go();
  }

  #leave() {
    this.#token = '';
    this.#endsAt = 0;
    this.use.storage.removeItem(hint);
    this.onWipe();
    this.#become({ kind: 'none' });
    for (const one of this.#waiting.splice(0)) one.stop(new SessionOver('signed out'));
  }

  #become(state: Session) {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('sf.session');
export const session = new SessionKeeper({
  fetch: (...request) => fetch(...request),
  now: () => Date.now(),
  alone: (work) => (navigator.locks ? navigator.locks.request('sf.refresh', work) as ReturnType<typeof work> : work()),
  tell: (message) => channel?.postMessage(message),
  storage: localStorage,
});
if (channel) channel.onmessage = (event: MessageEvent<Message>) => session.heard(event.data);
export const useSession = () => useSyncExternalStore(session.subscribe, session.snapshot);
/** The id that drafts and caches of this person are kept under. */
export const useUserId = () => { const state = useSession(); return state.kind === 'active' || state.kind === 'ended' ? state.user.id : ''; };
