import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, question, tally } from './testing/chat-client.js';
import { CONTEXT_LENGTH, HealthCheck } from './testing/health-check.js';
import { RawConnection } from './testing/raw-connection.js';
import { ServerProcess } from './testing/server-process.js';
import { waitUntil } from './testing/wait-until.js';

/** What clients do that vanish, dawdle, or come all at once. */

const CHAT = '/v1/chat/completions';
const QUEUE = 16;
const story = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify(question('Tell a long story about a lighthouse.', { stream: true, max_tokens: 380, ...changes }));

/** With the likeliest tokens of each place an answer is larger than what the system holds for a reader. */
const LARGE = story({ logprobs: true, top_logprobs: 20, max_tokens: 300 });

let server: ServerProcess;
let health: HealthCheck;
beforeAll(async () => {
  server = await ServerProcess.start({ engine: { contextLength: CONTEXT_LENGTH, sequences: 8, maxQueue: QUEUE } });
  const rehearse = (): Promise<unknown> => Promise.all(Array.from({ length: 6 }, () => ask(server.url, LARGE)));
  health = await HealthCheck.of(server, rehearse);
});
afterAll(() => server?.close());

it('gives back the places of 200 clients that vanish', async () => {
  for (let wave = 0; wave < 10; wave++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(server.url)));
    await Promise.all(
      clients.map(async (client, index) => {
        const body = story({ stream: index % 3 !== 2 });
        switch (index % 5) {
          case 0:
            // In the middle of its headers.
            client.send(`POST ${CHAT} HTTP/1.1\r\nhost: loc`);
            break;
          case 1:
            // In the middle of its body.
            client.post(CHAT, body.slice(0, 40), { 'content-length': String(body.length) });
            break;
          case 2:
            // As soon as it has asked.
            client.post(CHAT, body);
            break;
          default:
            client.post(CHAT, body);
            // In the middle of its answer, of which those that don't stream see nothing yet.
            await Promise.race([client.until(/"content":"[^"]/), wait(300 + 20 * index)]);
        }
        client.vanish();
      }),
    );
  }
  await waitUntil('all places are free', async () => (await server.engine()).statistics.running === 0, 10_000);
  const { totals } = (await server.engine()).statistics;
  console.log('after the clients vanished:', totals);
  expect(totals.aborted).toBeGreaterThan(20);
  await health.expectHealthy();
});

it('goes on for others while slow readers leave their answers unread, and gives the slow ones all of theirs', async () => {
  const whole = await RawConnection.open(server.url);
  whole.post(CHAT, LARGE);
  await whole.until(/\[DONE\]/);
  const readers = await Promise.all(Array.from({ length: 6 }, () => RawConnection.open(server.url)));
  for (const reader of readers) {
    reader.pause();
    reader.post(CHAT, LARGE);
  }
  await waitUntil('the slow readers have begun', async () => (await server.engine()).statistics.running > 0);
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => ask(server.url, question('Name a colour.'))));
  expect(tally(outcomes)).toEqual({ answered: 8 });
  await wait(3_000);
  for (const reader of readers.slice(0, 2)) reader.vanish();
  for (const reader of readers.slice(2)) {
    reader.resume();
    await reader.until(/\[DONE\]/);
    expect(textOf(reader.received)).toBe(textOf(whole.received));
    reader.vanish();
  }
  whole.vanish();
  await health.expectHealthy();
});

it('answers or refuses each of 1,000 requests that come at once, with room for 16 to wait', async () => {
  const answer = await ask(server.url, question('Name a colour.', { max_tokens: 8 }));
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      ask(server.url, question('Name a colour.', { max_tokens: 8, stream: i % 2 === 0 })),
    ),
  );
  console.log('1,000 at once:', tally(outcomes));
  for (const outcome of outcomes) {
    if (outcome.kind === 'answered') expect(outcome).toEqual(answer);
    else expect(outcome).toMatchObject({ kind: 'refused', status: 503, code: 'queue_full' });
    if (outcome.kind === 'refused') expect(Number(outcome.retryAfter)).toBeGreaterThan(0);
  }
  expect(outcomes.filter(({ kind }) => kind === 'answered').length).toBeGreaterThanOrEqual(QUEUE);
  await health.expectHealthy();
});

/** Text of a stream of events. */
function textOf(stream: string): string {
  return [...stream.matchAll(/"delta":\{[^}]*"content":("(?:[^"\\]|\\.)*")/g)]
    .map(([, content]) => JSON.parse(content ?? '""') as string)
    .join('');
}
