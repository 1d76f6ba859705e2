import { loadModelText, type ModelText } from '@foretoken/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTextEngine } from './create-text-engine.js';
import { alive } from './testing/alive.js';
import { collectText, engineSettings, textRequest } from './testing/requests.js';
import type { EngineState, TextEngine, TextEvent } from './text-engine.js';

// The engine's process is that of the build: build the server before these tests.

let text: ModelText;
let engine: TextEngine;

beforeAll(async () => {
  text = await loadModelText('smollm2-135m-instruct');
  engine = await createTextEngine(
    engineSettings({ contextLength: 1024, sequences: 4, maxQueue: 16, watchdog: 4_000, controller: 'fixed' }),
    { onLog: ({ text: line }) => console.log(line) },
  );
});

afterAll(() => engine.close());

const ask = (question: string, options: Parameters<typeof textRequest>[2] = {}) => textRequest(text, question, options);
const story = (options: Parameters<typeof textRequest>[2] = {}) =>
  ask('Tell a long story about a river.', { ignoreEndTokens: true, ...options });
const processOf = (of: TextEngine) => of.snapshot().engines[0]!;

async function until(state: EngineState): Promise<void> {
  while (engine.state !== state) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Reads to the first token, then lets the caller act. */
async function afterFirstToken(events: AsyncIterable<TextEvent>, act: () => void): Promise<string> {
  let acted = false;
  let answer = '';
  for await (const event of events) {
    if ('text' in event) answer += event.text;
    if (event.kind !== 'round' || acted) continue;
    acted = true;
    act();
  }
  return answer;
}

describe('an engine in its process', () => {
  it('runs elsewhere and says what it runs', () => {
    expect(engine.state).toBe('ready');
    expect(engine.description).toMatchObject({ model: 'smollm2-135m-instruct', contextLength: 1024, sequences: 4 });
    expect(processOf(engine).processId).not.toBe(process.pid);
    expect(processOf(engine).residentBytes).toBeGreaterThan(2 ** 26);
  });

  it('answers, and has counted when the answer is over', async () => {
    const before = processOf(engine).statistics.totals;
    const events: TextEvent[] = [];
    for await (const event of engine.submit(ask('Say hello.', { maximumTokens: 8, topLogprobs: 2, rounds: true }))) {
      events.push(event);
    }
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['started', 'round', 'finish']));
    const round = events.find((event) => event.kind === 'round');
    expect(round).toMatchObject({ tokens: [{ logprobs: { top: { tokens: { length: 2 } } } }], view: { index: 0 } });
    const { statistics } = processOf(engine);
    expect(statistics.totals.finished).toBe(before.finished + 1);
    expect(statistics.totals.generatedTokens).toBeGreaterThan(before.generatedTokens);
    expect(statistics.totals.rounds).toBeGreaterThan(0);
  });

  it('stops within a round when the request is aborted', async () => {
    const controller = new AbortController();
    let tokens = 0;
    let finish: Extract<TextEvent, { kind: 'finish' }> | undefined;
    const request = story({ speculation: { draft: 'none' } });
    for await (const event of engine.submit(request, controller.signal)) {
      if (event.kind === 'round' && ++tokens === 3) controller.abort();
      if (event.kind === 'finish') finish = event;
    }
    expect(finish?.reason).toBe('abort');
    // Rounds that were begun or on their way when the abort was.
    expect(finish!.statistics.generatedTokens).toBeLessThan(16);
    expect(processOf(engine).statistics).toMatchObject({ running: 0, waiting: 0 });
  });

  it('gives errors of the engine with their codes', async () => {
    const odd = [
      [{ prompt: new Int32Array(1024) }, 'prompt-too-long'],
      [{ sampling: { temperature: -1 } }, 'invalid-argument'],
      [{ speculation: { draft: 'model:other' as const } }, 'draft-unavailable'],
      [{ deadline: 30, ignoreEndTokens: true }, 'deadline-exceeded'],
    ] as const;
    for (const [options, code] of odd) {
      await expect(collectText(engine.submit({ ...story(), ...options }))).rejects.toMatchObject({ code });
    }
    const crowd = Array.from({ length: 32 }, () => collectText(engine.submit(story({ maximumTokens: 4 }))));
    const results = await Promise.allSettled(crowd);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused.length).toBe(12);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'queue-full', retryAfterSeconds: expect.any(Number) });
    }
  });

  it('lets a slow reader pause itself alone, and go on when it reads', async () => {
    const generated = (): number => processOf(engine).statistics.totals.generatedTokens;
    const before = generated();
    const slow = engine.submit(story({ speculation: { draft: 'none' } }))[Symbol.asyncIterator]();
    await slow.next();
    const request = story({ maximumTokens: 450, speculation: { draft: 'none' } });
    for await (const _ of engine.submit(request)) void _;
    // It had 450 rounds beside the other one, and was ahead only by what may be unread in both processes.
    expect(generated() - before - 450).toBeLessThan(350);
    expect(processOf(engine).statistics.running).toBe(1);
    for (let read = 0; read < 400; read++) expect((await slow.next()).value).toMatchObject({ kind: 'round' });
    await slow.return?.();
    while (processOf(engine).statistics.running > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('comes back after a kill: what had a token fails, what had none is answered all the same', async () => {
    const { processId, restarts, statistics } = processOf(engine);
    let begun = 0;
    const streams = Array.from({ length: 4 }, (_, index) =>
      afterFirstToken(engine.submit(story({ id: `running-${index}` })), () => {
        if (++begun === 4) process.kill(processId!, 'SIGKILL');
      }),
    );
    const failures = Promise.allSettled(streams);
    const waiting = collectText(engine.submit(ask('Say hello.', { maximumTokens: 8 })));
    for (const result of await failures) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'engine-died', details: { signal: 'SIGKILL' } },
      });
    }
    expect(engine.state).toBe('restarting');
    await expect(collectText(engine.submit(ask('Say hello.')))).rejects.toMatchObject({
      code: 'engine-unavailable',
      retryAfterSeconds: expect.any(Number),
    });
    expect(await waiting).toMatch(/\w/);
    expect(engine.state).toBe('ready');
    const after = processOf(engine);
    expect(after.restarts).toBe(restarts + 1);
    expect(after.processId).not.toBe(processId);
    expect(after.statistics.totals.submitted).toBeGreaterThan(statistics.totals.submitted);
    expect(after.statistics).toMatchObject({ running: 0, waiting: 0 });
  });

  it('lets a request that waits for the restart be aborted, or run out of time', async () => {
    const { processId } = processOf(engine);
    const controller = new AbortController();
    const kinds = Promise.all([
      lastOf(engine.submit(story(), controller.signal)),
      collectText(engine.submit(story({ deadline: 400 }))).catch((error: { code: string }) => error.code),
    ]);
    process.kill(processId!, 'SIGKILL');
    await until('restarting');
    controller.abort();
    const [aborted, late] = await kinds;
    expect(aborted).toMatchObject({ kind: 'finish', reason: 'abort' });
    expect(late).toBe('deadline-exceeded');
    await until('ready');
  });

  it('is killed and started again when it gives no sign of life', async () => {
    const { processId, restarts } = processOf(engine);
    const stream = afterFirstToken(engine.submit(story()), () => process.kill(processId!, 'SIGSTOP'));
    await expect(stream).rejects.toMatchObject({ code: 'engine-died', details: { kind: 'silent' } });
    expect(alive(processId!)).toBe(false);
    await until('ready');
    expect(processOf(engine).restarts).toBe(restarts + 1);
    expect(await collectText(engine.submit(ask('Say hello.', { maximumTokens: 8 })))).toMatch(/\w/);
  });
});

async function lastOf(events: AsyncIterable<TextEvent>): Promise<TextEvent | undefined> {
  let last: TextEvent | undefined;
  for await (const event of events) last = event;
  return last;
}
