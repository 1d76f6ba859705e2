import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { SseEvents } from './sse-events.js';
import { streamChat } from './stream-chat.js';

let close: () => void = () => {};
afterEach(() => close());

/** Where a server listens that answers every request like this; the bodies that it was sent come after. */
async function serve(answer: (response: ServerResponse) => Promise<void> | void): Promise<[string, unknown[]]> {
  const bodies: unknown[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    bodies.push(JSON.parse(body));
    await answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies];
}

const delta = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const END = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }], timings: { draft_n: 6, draft_n_accepted: 4 } })}\n\n`;
const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } })}\n\n`;
const DONE = 'data: [DONE]\n\n';

describe('SseEvents', () => {
  it('finds the same events however the text is cut', () => {
    const text = `: hello\r\ndata: {"a":1}\r\n\r\nevent: x\ndata:two\ndata: lines\n\n${DONE}`;
    const whole = new SseEvents().push(text);
    expect(whole).toEqual(['{"a":1}', 'two\nlines', '[DONE]']);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const events = new SseEvents();
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(at.slice(1).flatMap((end, i) => events.push(text.slice(at[i], end)))).toEqual(whole);
      }),
    );
  });
});

describe('streamChat', () => {
  it('collects text, counts and the times between arrivals', async () => {
    const [url, bodies] = await serve(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(delta(''));
      await wait(20);
      response.write(delta('Grüß'));
      await wait(20);
      response.write(delta(' dich') + delta(', Welt'));
      await wait(20);
      response.end(delta('!') + END + USAGE + DONE);
    });
    const outcome = await streamChat({ url, body: { messages: [], max_tokens: 5 } });
    expect(outcome).toMatchObject({
      kind: 'answered',
      text: 'Grüß dich, Welt!',
      finishReason: 'stop',
      promptTokens: 9,
      tokens: 5,
      drafted: 6,
      accepted: 4,
    });
    if (outcome.kind !== 'answered') return;
    expect(outcome.gaps).toHaveLength(2);
    expect(outcome.firstText).toBeGreaterThanOrEqual(19);
    expect(outcome.whole).toBeCloseTo(outcome.firstText + outcome.gaps[0]! + outcome.gaps[1]!, -1);
    expect(bodies).toEqual([{ messages: [], max_tokens: 5, stream: true, stream_options: { include_usage: true } }]);
  });

  it('tells a refusal with its status and message', async () => {
    const [url] = await serve((response) => {
      response.writeHead(503).end(JSON.stringify({ error: { message: 'queue is full' } }));
    });
    expect(await streamChat({ url, body: {} })).toEqual({ kind: 'refused', status: 503, message: 'queue is full' });
  });

  it.each([
    ['an error event', `${delta('a')}data: {"error":{"message":"the engine died"}}\n\n`, 'the engine died'],
    ['no end', delta('a'), 'without [DONE]'],
    ['no usage', delta('a') + END + DONE, 'without its usage'],
    ['no JSON', 'data: {\n\n', 'JSON'],
  ])('takes a stream with %s for broken', async (_, text, message) => {
    const [url] = await serve((response) => {
      response.writeHead(200).end(text);
    });
    expect(await streamChat({ url, body: {} })).toEqual({ kind: 'broken', message: expect.stringContaining(message) });
  });

  it('takes a connection that is cut for broken', async () => {
    const [url] = await serve((response) => {
      response.writeHead(200);
      response.write(delta('a'), () => response.destroy());
    });
    expect((await streamChat({ url, body: {} })).kind).toBe('broken');
    close();
    expect((await streamChat({ url, body: {} })).kind).toBe('broken');
  });
});
