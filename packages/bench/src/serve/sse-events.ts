/**
 * Cuts text that arrives in pieces into the data of its server-sent events. Other fields, and comments, are skipped.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class SseEvents {
  #rest = '';
  #data: string[] = [];

  /** Data of the events that this piece completes, in order. */
  push(piece: string): readonly string[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    const events: string[] = [];
    for (const line of lines) this.#line(line.endsWith('\r') ? line.slice(0, -1) : line, events);
    return events;
  }

  #line(line: string, events: string[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push(this.#data.join('\n'));
      this.#data = [];
      return;
    }
    const data = /^data: ?(.*)$/s.exec(line)?.[1];
    if (data !== undefined) this.#data.push(data);
  }
}
