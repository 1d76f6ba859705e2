import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { invalidParameter } from './api-error.js';
import { SseResponse } from './sse-response.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers every request with what `write` sends. */
async function serve(write: (sse: SseResponse) => Promise<void>, keepAlive = 60_000): Promise<string> {
  server = createServer((_, response) => void write(new SseResponse(response, { keepAlive, stallLimit: 60_000 })));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Reads a stream as the specification of server-sent events says. */
function parse(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\r|\n/)) {
    if (line === '' && data.length > 0) {
      events.push(data.join('\n'));
      data = [];
    } else if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return events;
}

it('brings every text to the other side as one event', async () => {
  const texts = fc.sample(fc.string({ unit: 'binary' }), 200);
  const url = await serve(async (sse) => {
    for (const text of texts) await sse.send({ text });
    await sse.done();
  });
  const events = parse(await (await fetch(url)).text());
  expect(events.pop()).toBe('[DONE]');
  expect(events.map((event) => (JSON.parse(event) as { readonly text: string }).text)).toEqual(texts);
});

it('has a status of its own until the first event, and headers that keep proxies from holding it back', async () => {
  let before: boolean | undefined;
  const url = await serve(async (sse) => {
    before = sse.started;
    await sse.fail(invalidParameter('n', 'no').body);
  });
  const response = await fetch(url);
  expect(before).toBe(false);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  expect(parse(await response.text()).map((event) => JSON.parse(event) as unknown)).toEqual([
    { error: { message: 'no', type: 'invalid_request_error', param: 'n', code: 'invalid_value' } },
  ]);
});

it('sends comments while there is nothing to say', async () => {
  let finish = (): void => {};
  const silent = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const url = await serve(async (sse) => {
    await silent;
    await sse.done();
  }, 5);
  const response = await fetch(url);
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  expect(Buffer.from(value!).toString()).toMatch(/^(: keep-alive\n\n)+$/);
  finish();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read())
    rest += Buffer.from(part.value).toString();
  expect(rest.endsWith('data: [DONE]\n\n')).toBe(true);
});
