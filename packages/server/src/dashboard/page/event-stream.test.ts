import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser, readEvents } from './event-stream.js';

describe('EventParser', () => {
  it('reads the same events however the text was cut', () => {
    const events = fc.array(
      fc.json().map((text) => text.replaceAll('\n', ' ')),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(events, fc.array(fc.nat(200), { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (sent, cuts, end) => {
        const text = sent.map((data) => `: comment${end}data: ${data}${end}${end}`).join('');
        const places = [0, ...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length];
        const parser = new EventParser();
        const read = places.slice(1).flatMap((to, index) => parser.push(text.slice(places[index], to)));
        expect(read).toEqual(sent);
      }),
    );
  });

  it('joins the lines of one event', () => {
    expect(new EventParser().push('event: x\ndata: a\ndata:b\n\n')).toEqual(['a\nb']);
  });
});

describe('readEvents', () => {
  it('reads a character that was cut in two, and releases the body when left', async () => {
    const bytes = new TextEncoder().encode('data: "é"\n\ndata: 2\n\n');
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 8));
        controller.enqueue(bytes.slice(8));
      },
      cancel() {
        cancelled = true;
      },
    });
    for await (const data of readEvents(body)) {
      expect(data).toBe('"é"');
      break;
    }
    expect(cancelled).toBe(true);
  });
});
