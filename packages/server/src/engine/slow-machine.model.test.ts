import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadModelText, type ModelText } from '@foretoken/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTextEngine } from './create-text-engine.js';
import { collectText, engineSettings, textRequest } from './testing/requests.js';
import type { TextEngine } from './text-engine.js';

// The engine's process is that of the build: build the server before these tests.

/**
 * Tokens of the prompt. Slowed to a tenth a quiet machine of two cores reads as many in about as long as the watchdog
 * waits; `FORETOKEN_SLOW_TOKENS=6000` takes minutes.
 */
const TOKENS = Number(process.env.FORETOKEN_SLOW_TOKENS ?? 1_500);
/** Milliseconds, the default. */
const WATCHDOG = 30_000;
/** A thread of this niceness gets a tenth of a core beside a busy loop of the usual one. */
const NICE = 10;

let engine: TextEngine;
let text: ModelText;

beforeAll(async () => {
  text = await loadModelText('smollm2-135m-instruct');
  engine = await createTextEngine(
    engineSettings({ contextLength: 8_192, sequences: 2, draft: 'none', controller: 'fixed', watchdog: WATCHDOG }),
  );
});

afterAll(() => engine.close());

const now = () => engine.snapshot().engines[0]!;

/** A prompt of so many tokens; no two begin alike. */
function promptOf(tokens: number, beginning: string): string {
  const words = 'The quick brown fox jumps over the lazy dog. ';
  return beginning + words.repeat(Math.ceil(tokens / 10));
}

/** Milliseconds a token of reading a prompt and answering a word. */
async function pace(tokens: number, beginning: string): Promise<number> {
  const request = textRequest(text, promptOf(tokens, beginning), { maximumTokens: 1 });
  const started = performance.now();
  expect(await collectText(engine.submit(request))).toMatch(/\S/);
  return (performance.now() - started) / request.prompt.length;
}

/** With a busy loop on every core, beside which the engine gets a tenth of it. */
async function slowed<T>(task: () => Promise<T>): Promise<T> {
  const { processId } = now();
  for (const thread of readdirSync(`/proc/${processId}/task`)) setPriority(Number(thread), NICE);
  const loops: ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    return await task();
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
}

it(`answers a prompt of ${TOKENS} tokens on a machine slowed to a tenth, at the default watchdog`, async () => {
  await pace(200, 'Warm. ');
  const alone = await pace(400, 'Alone. ');
  const { once, whole } = await slowed(async () => ({
    once: await pace(400, 'Slowed. '),
    whole: await pace(TOKENS, 'All of it. '),
  }));
  const seconds = (whole * TOKENS) / 1_000;
  console.log(`${(once / alone).toFixed(1)} times as slow, ${seconds.toFixed(0)} s for ${TOKENS} tokens`);
  // Else nothing was tried.
  expect(once / alone).toBeGreaterThan(2);
  expect(now()).toMatchObject({ restarts: 0, state: 'ready' });
});

it('finds a stopped engine within the default watchdog, and the request in it is answered', async () => {
  const before = now();
  const answer = collectText(engine.submit(textRequest(text, promptOf(2_000, 'Stop. '), { maximumTokens: 4 })));
  await sleep(300);
  process.kill(before.processId!, 'SIGSTOP');
  const stopped = performance.now();
  while (now().state === 'ready' && now().processId === before.processId) await sleep(50);
  const found = performance.now() - stopped;
  console.log(`found after ${(found / 1_000).toFixed(1)} s`);
  // Looks are late where the machine is busy.
  expect(found).toBeLessThan(WATCHDOG + 3_000);
  expect(await answer).toMatch(/\S/);
  expect(now().restarts).toBe(1);
});
