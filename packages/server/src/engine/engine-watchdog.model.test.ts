import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadModelText, type ModelText } from '@foretoken/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTextEngine } from './create-text-engine.js';
import { collectText, engineSettings, textRequest } from './testing/requests.js';
import type { TextEngine } from './text-engine.js';

// The engine's process is that of the build: build the server before these tests.

/** By default it is 30 s, for which a machine would have to be busy much longer than a test may take. */
const WATCHDOG = 5_000;
/** Loops a core beside the engine's own thread there. */
const LOOPS = 4;

let engine: TextEngine;
let text: ModelText;

beforeAll(async () => {
  text = await loadModelText('smollm2-135m-instruct');
  engine = await createTextEngine(
    engineSettings({ contextLength: 2048, sequences: 2, draft: 'none', controller: 'fixed', watchdog: WATCHDOG }),
  );
});

afterAll(() => engine.close());

const now = () => engine.snapshot().engines[0]!;
const long = () => 'The quick brown fox jumps over the lazy dog. '.repeat(60);

async function slowed<T>(task: () => Promise<T>): Promise<T> {
  const loops: ChildProcess[] = [];
  for (let loop = 0; loop < LOOPS * availableParallelism(); loop++) {
    loops.push(spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }));
  }
  try {
    return await task();
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
}

describe('the watchdog', () => {
  it('lets an engine be that reads a long prompt on a busy machine', async () => {
    const request = textRequest(text, long(), { maximumTokens: 4 });
    expect(request.prompt.length).toBeGreaterThan(550);
    // All of it in one pass would take longer than the watchdog waits.
    expect(await slowed(() => collectText(engine.submit(request)))).toMatch(/\w/);
    expect(now()).toMatchObject({ restarts: 0, state: 'ready' });
  });

  it('finds an engine that was stopped, idle or amid a prompt, and what ran in it is answered all the same', async () => {
    for (const [round, when] of ['idle', 'amid a prompt'].entries()) {
      const request = textRequest(text, `${when}: ${long()}`, { maximumTokens: 4 });
      const before = now();
      const answer = when === 'idle' ? undefined : collectText(engine.submit(request));
      if (answer !== undefined) await sleep(100);
      process.kill(before.processId!, 'SIGSTOP');
      while (now().state === 'ready' && now().processId === before.processId) await sleep(20);
      if (answer !== undefined) expect(await answer).toMatch(/\w/);
      while (now().state !== 'ready') await sleep(20);
      expect(now().restarts).toBe(round + 1);
      expect(now().processId).not.toBe(before.processId);
    }
  });
});
