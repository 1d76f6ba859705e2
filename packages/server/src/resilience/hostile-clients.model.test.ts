import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashApiKey } from '../configuration/api-key-hash.js';
import { ask, question } from './testing/chat-client.js';
import { ServerProcess } from './testing/server-process.js';
import { waitUntil } from './testing/wait-until.js';

/** Longest pause of a plain stream beside a hostile client. Milliseconds. */
const LONGEST_PAUSE = 1_000;
/** Of the 95th percentile of pauses against the usual one of the same minute. */
const MOST_SLOWER = 3;
const TOKENS = 160;
const ATTEMPTS = 3;
/** Arrivals that are closer than this are one: what came together was waited for once. Milliseconds. */
const TOGETHER = 2;

interface Gaps {
  readonly count: number;
  readonly p95: number;
  readonly longest: number;
}

let server: ServerProcess;
beforeAll(async () => {
  const apiKeys = ['plain', 'hostile'].map((name) => ({ name, sha256: hashApiKey(name) }));
  server = await ServerProcess.start({ security: { apiKeys } });
  await stream(TOKENS);
});
afterAll(() => server.close());

/** Pauses between what a plain stream brings, first token on. Milliseconds. */
async function stream(tokens: number): Promise<Gaps> {
  const times: number[] = [];
  const outcome = await ask(
    server.url,
    question('Count from one to a thousand in words.', { stream: true, max_tokens: tokens, ignore_eos: true }),
    {
      headers: { authorization: 'Bearer plain' },
      onText: () => {
        const now = performance.now();
        if (now - (times.at(-1) ?? 0) > TOGETHER) times.push(now);
      },
    },
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

interface Beside {
  readonly usual: Gaps;
  readonly gaps: Gaps;
  readonly requests: number;
}

/** A plain stream on its own, and then beside a hostile client. */
async function measure(kind: string): Promise<Beside> {
  const usual = await stream(TOKENS);
  const script = new URL('./testing/hostile-client.mjs', import.meta.url);
  const worker = new Worker(script, { workerData: { url: server.url, key: 'hostile', kind } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const gaps = await stream(TOKENS);
  const told = once(worker, 'message');
  worker.postMessage('over');
  const [{ requests, tally }] = (await told) as [{ requests: number; tally: object }];
  console.log(kind, { usual, gaps, requests, tally });
  return { usual, gaps, requests };
}

function holdsUp({ usual, gaps }: Beside): boolean {
  return gaps.longest >= LONGEST_PAUSE || gaps.p95 >= MOST_SLOWER * usual.p95;
}

it.each([
  'messages of 4 MB',
  'many words',
  'prompts of 4 MB',
  'texts to tokenise',
  'bodies of many keys',
  'messages of many keys',
  'many tools',
  'slow tools',
  'long arguments',
  'many numbers',
  'predictions of 2 MB',
  'slow schemas',
  'fifty regexes',
  'forty requests',
  'long prompts',
  'idle sockets',
])('%s hold no plain stream up', async (kind) => {
  let beside = await measure(kind);
  // The machine is shared: what holds a stream up does so each time.
  for (let attempt = 1; attempt < ATTEMPTS && holdsUp(beside); attempt++) beside = await measure(kind);
  const { usual, gaps, requests } = beside;
  expect(requests).toBeGreaterThan(1);
  expect(gaps.longest).toBeLessThan(LONGEST_PAUSE);
  expect(gaps.p95).toBeLessThan(MOST_SLOWER * usual.p95);
});

it('lets a light key wait for the rounds that run, not for the requests of a heavy one', async () => {
  const heavy = { authorization: 'Bearer hostile' };
  let finished = 0;
  const requests = Array.from({ length: 40 }, async (_, index) => {
    const content = `Write about ${index}.`;
    const lengths = { max_tokens: 24 + 8 * (index % 8), ignore_eos: true };
    const outcome = await ask(server.url, question(content, lengths), { headers: heavy });
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
  // One that ends with the round that runs, and one while the light key's prompt is read.
  expect(meanwhile).toBeLessThanOrEqual(2);
  expect(new Set(await Promise.all(requests))).toEqual(new Set(['answered']));
});
