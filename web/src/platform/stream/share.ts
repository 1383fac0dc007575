// One stream a browser: the tab that holds the lock listens and tells the others.
import { listen } from './listen';
import type { News } from './parser';

export function shareStream(userId: string, hear: (news: News) => void): () => void {
  const end = new AbortController();
  const name = `sf.stream.${userId}`;
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: MessageEvent<News>) => hear(event.data);
  const lead = () => listen((news) => { hear(news); channel.postMessage(news); }, end.signal);
  if (navigator.locks) {
    // The next leader begins a stream of its own, whose first word is to load everything anew.
    navigator.locks.request(name, { signal: end.signal }, lead).catch(() => undefined);
  } else {
    void lead();
  }
  return () => { end.abort(); channel.close(); };
}
