import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashApiKey } from '../security/api-key-hash.js';
import { ask, question } from './testing/chat-client.js';
import { ServerProcess } from './testing/server-process.js';
import { waitUntil } from './testing/wait-until.js';

/** Longest pause of a plain stream beside a hostile client. Milliseconds. */
const LONGEST_PAUSE = 1_000;
/**
 * Of the 95th percentile of pauses against the usual one. What a client costs a machine of two cores, its own work
 * included, doubles and triples it, and eight streams share a round; what stops streams is far beyond.
 */
const MOST_SLOWER = 8;
const TOKENS = 160;

interface Gaps {
  readonly count: number;
  readonly p95: number;
  readonly longest: number;
}

let server: ServerProcess;
let usual: Gaps;
beforeAll(async () => {
  const apiKeys = ['plain', 'hostile'].map((name) => ({ name, sha256: hashApiKey(name) }));
  server = await ServerProcess.start({ security: { apiKeys } });
  await stream(32);
  usual = await stream(TOKENS);
  console.log('usual', usual);
});
afterAll(() => server.close());

/** Pauses between what a plain stream brings, first token on. Milliseconds. */
async function stream(tokens: number): Promise<Gaps> {
  const times: number[] = [];
  const outcome = await ask(
    server.url,
    question('Count from one to a thousand in words.', { stream: true, max_tokens: tokens, ignore_eos: true }),
    { headers: { authorization: 'Bearer plain' }, onText: () => times.push(performance.now()) },
  );
  expect(outcome).toMatchObject({ kind: 'answered', finishReason: 'length' });
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const sorted = gaps.toSorted((a, b) => a - b);
  return {
    count: gaps.length,
    p95: Math.round(sorted[Math.floor(0.95 * sorted.length)] ?? 0),
    longest: Math.round(sorted.at(-1) ?? 0),
  };
}

it.each([
  'messages of 4 MB',
  'many words',
  'prompts of 4 MB',
  'texts to tokenise',
  'bodies of many keys',
  'many numbers',
  'predictions of 2 MB',
  'slow schemas',
  'fifty regexes',
  'forty requests',
  'idle sockets',
])('%s hold no plain stream up', async (kind) => {
  const script = new URL('./testing/hostile-client.mjs', import.meta.url);
  const worker = new Worker(script, { workerData: { url: server.url, key: 'hostile', kind } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const gaps = await stream(TOKENS);
  const told = once(worker, 'message');
  worker.postMessage('over');
  const [{ requests, tally }] = (await told) as [{ requests: number; tally: object }];
  console.log(kind, gaps, requests, tally);
  expect(requests).toBeGreaterThan(2);
  expect(gaps.longest).toBeLessThan(LONGEST_PAUSE);
  expect(gaps.p95).toBeLessThan(MOST_SLOWER * usual.p95);
});

it('lets a light key wait for no more than the rounds that run and one other request of a heavy one', async () => {
  const heavy = { authorization: 'Bearer hostile' };
  let finished = 0;
  const requests = Array.from({ length: 40 }, async (_, index) => {
    const outcome = await ask(server.url, question(`Write about ${index}.`, { max_tokens: 24 }), { headers: heavy });
    finished++;
    return outcome.kind;
  });
  await waitUntil('the heavy key fills every place', async () => {
    const { running, waiting } = (await server.engine()).statistics;
    return running === 8 && waiting > 8;
  });
  const before = finished;
  let meanwhile = -1;
  const onText = (): void => {
    if (meanwhile < 0) meanwhile = finished - before;
  };
  const light = question('Say hello.', { stream: true, max_tokens: 4, ignore_eos: true });
  await ask(server.url, light, { headers: { authorization: 'Bearer plain' }, onText });
  console.log('requests of the heavy key that ended before the first token of the light one:', meanwhile);
  expect(meanwhile).toBeGreaterThanOrEqual(0);
  // The eight that run may end in the same rounds.
  expect(meanwhile).toBeLessThanOrEqual(9);
  expect(new Set(await Promise.all(requests))).toEqual(new Set(['answered']));
});
