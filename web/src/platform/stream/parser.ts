// Server-sent events as GET /api/stream sends them (docs/live-stream.md), from pieces of text to events. No I/O.
interface StreamEvent { name: string; data: unknown; id: string | null }

export class EventParser {
  #rest = '';
  feed(text: string): StreamEvent[] {
    this.#rest += text;
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.map((block) => {
      const event: StreamEvent = { name: '', data: null, id: null };
      let data = '';
      for (const line of block.split('\n')) {
        if (line.startsWith('event: ')) event.name = line.slice(7);
        else if (line.startsWith('data: ')) data += line.slice(6);
        else if (line.startsWith('id: ')) event.id = line.slice(4);
      }
      if (data) event.data = JSON.parse(data);
      return event;
    });
  }
}

interface Change { table: string; operation: string; ids: string[] | null }
/// What a screen hears: rows were written, figures may have changed, or everything has to be loaded anew.
export type News = { kind: 'change'; change: Change } | { kind: 'badges' } | { kind: 'all' };

export function newsOf(event: StreamEvent): News | null {
  switch (event.name) {
    case 'changes': case 'jobs': return { kind: 'change', change: event.data as Change };
    case 'badges': return { kind: 'badges' };
    case 'resync': return { kind: 'all' };
    case 'ready': return (event.data as { resumed: boolean }).resumed ? null : { kind: 'all' };
    default: return null;
  }
}
