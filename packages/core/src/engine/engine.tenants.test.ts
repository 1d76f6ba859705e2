import { fixed } from '@foretoken/adaptive';
import { createSampler, Engine, type EngineEvent, type EngineOptions } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { noisyDrafter } from '../decoding/testing/drafters.js';
import { plainRequest, plainTokens, readAnswer } from './testing/read-answer.js';
import { RecordingModel } from './testing/recording-model.js';

const text = (length: number, seed = 1): number[] => Array.from({ length }, (_, i) => (i * i + seed * (i % 5)) % 12);

function engineOf(model: RecordingModel, options: Partial<EngineOptions> = {}): Engine {
  return new Engine({ model, verifier: exactMatch(), sequences: 8, ...options });
}

/** Starts a request and tells when it has its place and its first token, in forwards of the model. */
async function timed(
  model: RecordingModel,
  events: AsyncIterable<EngineEvent>,
): Promise<{ started: number; first: number }> {
  const before = model.recorded.length;
  let started = -1;
  let first = -1;
  for await (const event of events) {
    if (event.kind === 'started') started = model.recorded.length - before;
    if (event.kind === 'round' && first < 0) first = model.recorded.length - before;
  }
  return { started, first };
}

const waitFor = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('Engine: a tenant beside another one with many requests', () => {
  it('has its place after the round that runs, and those who gave it up go on where they were', async () => {
    const model = new RecordingModel({ slots: 9 });
    const engine = engineOf(model, { slots: 9 });
    const prompts = Array.from({ length: 40 }, (_, index) => text(40, index));
    const heavy = prompts.map((prompt) => readAnswer(engine.submit({ ...plainRequest(prompt, 60), tenant: 'heavy' })));
    await waitFor(() => engine.statistics().running === 8 && model.recorded.length > 20);
    for (let request = 0; request < 3; request++) {
      await waitFor(() => engine.statistics().running === 8);
      const finished = engine.statistics().totals.finished;
      const light = engine.submit({ ...plainRequest(text(20, request), 4), tenant: 'light' });
      const { started, first } = await timed(model, light);
      expect(started).toBeLessThanOrEqual(1);
      // Its prompt, a piece a round beside the others, and one of its own.
      expect(first).toBeLessThanOrEqual(5);
      expect(engine.statistics().totals.finished - finished).toBeLessThanOrEqual(2);
    }
    expect(engine.statistics().totals.preemptions).toBe(3);
    for (const [index, answer] of (await Promise.all(heavy)).entries()) {
      expect(answer.tokens).toEqual(await plainTokens(new RecordingModel(), prompts[index] ?? [], 60));
    }
    // What had been read of them was still there.
    expect(model.prefilledTokens).toBeLessThan(40 * 39 + 3 * 19 + 40);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('waits for one of its own requests where it has a place already', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model, { sequences: 2 });
    const heavy = [1, 2].map((token) => readAnswer(engine.submit({ ...plainRequest([token], 50), tenant: 'heavy' })));
    const light = [3, 4].map((token) => timed(model, engine.submit({ ...plainRequest([token], 30), tenant: 'light' })));
    const [one, other] = await Promise.all(light);
    expect(one?.started).toBeLessThanOrEqual(1);
    expect(other?.started).toBeGreaterThanOrEqual(29);
    expect(engine.statistics().totals.preemptions).toBe(1);
    await Promise.all(heavy);
  });

  it('gets room in the cache as well, of the tenant with most requests, and nobody gives any in vain', async () => {
    const model = new RecordingModel({ contextLength: 120, slots: 5 });
    const engine = engineOf(model, { sequences: 4, slots: 5, kvTokens: 120 });
    const heavy = [1, 2].map((seed) =>
      readAnswer(engine.submit({ ...plainRequest(text(20, seed), 25), tenant: 'heavy' })),
    );
    const single = readAnswer(engine.submit({ ...plainRequest(text(20, 3), 25), tenant: 'single' }));
    await waitFor(() => engine.statistics().totals.generatedTokens > 15);
    // Even without one of the heavy tenant's there is no room for this one.
    const large = engine.submit({ ...plainRequest(text(60, 4), 2), tenant: 'large' });
    await waitFor(() => engine.statistics().totals.generatedTokens > 21);
    expect(engine.statistics().totals.preemptions).toBe(0);
    await large.return();
    const small = timed(model, engine.submit({ ...plainRequest(text(10, 5), 2), tenant: 'small' }));
    expect((await small).started).toBeLessThanOrEqual(1);
    expect(engine.statistics().totals.preemptions).toBe(1);
    const answers = await Promise.all([...heavy, single]);
    for (const [index, { tokens }] of answers.entries()) {
      expect(tokens).toEqual(await plainTokens(new RecordingModel(), text(20, index + 1), 25));
    }
    await engine.close();
  });

  it('takes part in every round, with rounds at most about twice as long as alone, and guesses bounded too', async () => {
    // A row costs 1 ms, a round 2 more.
    const model = new RecordingModel({ contextLength: 2_000, slots: 8 });
    let now = 0;
    model.after = (output, inputs) => {
      now += 2 + inputs.reduce((sum, { tokens }) => sum + tokens.length, 0);
      return output;
    };
    const engine = engineOf(model, { now: () => now });
    const guessing = noisyDrafter(model, ['chain'], [1]);
    const heavy = Array.from({ length: 12 }, (_, index) =>
      readAnswer(
        engine.submit({
          ...plainRequest(text(index < 3 ? 900 : 5, index), 120),
          sampler: createSampler(),
          tenant: 'heavy',
          drafters: [guessing],
          controller: fixed({ drafter: 'noisy', depth: 8 }),
        }),
      ),
    );
    await waitFor(() => engine.statistics().totals.generatedTokens > 40);
    const times: number[] = [];
    for await (const event of engine.submit({ ...plainRequest([1], 200), tenant: 'light' })) {
      if (event.kind === 'round') times.push(now);
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    gaps.sort((a, b) => a - b);
    // Alone 3 ms.
    expect(gaps[Math.floor(0.95 * gaps.length)]).toBeLessThanOrEqual(8);
    const { reason } = (await Promise.all(heavy))[0] ?? {};
    expect(reason).toBe('length');
    await engine.close();
  });

  it('changes nothing for a tenant alone', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model);
    await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((token) =>
        readAnswer(engine.submit({ ...plainRequest([token], 20), tenant: 'alone' })),
      ),
    );
    expect(model.recorded).toEqual(Array(20).fill({ prefill: [], decode: Array(8).fill(1) }));
  });
});
