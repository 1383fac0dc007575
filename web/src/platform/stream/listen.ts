import { session } from '../session/session';
import { EventParser, type News, newsOf } from './parser';

const silenceMs = 45_000; // the server's heart beats every 15 s

/** Tells the news until `signal` aborts; resumes after the last event that was told. */
export async function listen(tell: (news: News) => void, signal: AbortSignal) {
  let lastId = '';
  let pause = 0;
  while (!signal.aborted) {
    await new Promise((done) => { setTimeout(done, pause); });
    pause = Math.min(pause * 2 + 500 + Math.random() * 500, 30_000);
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = () => { clearTimeout(timer); timer = setTimeout(() => silence.abort(), silenceMs); };
    const stop = () => silence.abort();
    signal.addEventListener('abort', stop);
    try {
      const token = await session.token();
      const headers: Record<string, string> = { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' };
      if (lastId) headers['Last-Event-ID'] = lastId;
      hear();
      const answer = await fetch('/api/stream', { headers, cache: 'no-store', signal: silence.signal });
      if (answer.status === 401) { session.refused(token); continue; }
      if (!answer.ok || !answer.body) { pause = 1000 * Number(answer.headers.get('Retry-After') ?? 5); continue; }
      const parser = new EventParser();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        hear();
        for (const event of parser.feed(value)) {
          if (event.name === 'end') pause = (event.data as { retry_ms: number }).retry_ms;
          else if (event.name === 'ready') pause = 0;
          const news = newsOf(event);
          if (news) tell(news);
          if (event.id !== null) lastId = event.id;
        }
      }
    } catch {
      // A cut connection, or nobody signed in: the next round finds out.
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}
