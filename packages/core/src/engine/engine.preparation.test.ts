import { fixed } from '@foretoken/adaptive';
import { createSampler, Engine, type EngineRequest } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { noisyDrafter, readingAhead, readingDrafter } from '../decoding/testing/drafters.js';
import { plainRequest, plainTokens, readAnswer } from './testing/read-answer.js';
import { RecordingModel } from './testing/recording-model.js';

function engineOf(model: RecordingModel, kvTokens = 400): Engine {
  return new Engine({ model, verifier: exactMatch(), sequences: 4, kvTokens });
}

/** A request with guesses that is prepared only when `open` is called, from its n-th round on. */
function gated(model: RecordingModel, from: number) {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let rounds = 0;
  const request: EngineRequest = {
    ...plainRequest([1, 2, 3], 40),
    sampler: createSampler(),
    drafters: [noisyDrafter(model, ['chain'], [1])],
    controller: fixed({ drafter: 'noisy', depth: 6 }),
    prepareTree: async (tree) => {
      if (++rounds >= from) await gate;
      return tree;
    },
  };
  return { request, open, rounds: () => rounds };
}

describe('Engine: a request that is slow to prepare its guesses', () => {
  it('sits rounds out, holds up nobody, and gets every token in the end', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model);
    const slow = gated(model, 3);
    const answer = readAnswer(engine.submit(slow.request));
    const plain = await readAnswer(engine.submit(plainRequest([4, 5], 60)));
    expect(plain.tokens).toEqual(await plainTokens(new RecordingModel(), [4, 5], 60));
    expect(slow.rounds()).toBe(3);
    slow.open();
    expect((await answer).tokens).toEqual(await plainTokens(new RecordingModel(), [1, 2, 3], 40));
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('ends at once when it is left, though it is never ready', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model);
    const stream = engine.submit(gated(model, 1).request);
    await stream.next();
    await stream.return(undefined);
    expect(engine.statistics()).toMatchObject({ running: 0, waiting: 0 });
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('goes on with as many guesses as there is room for by then', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model, 60);
    const slow = gated(model, 2);
    const answer = readAnswer(engine.submit(slow.request));
    const other = engine.submit(plainRequest([4, 5], 40));
    for (let i = 0; i < 35; i++) await other.next();
    slow.open();
    const [{ tokens }] = await Promise.all([answer, readAnswer(other)]);
    expect(tokens).toEqual(await plainTokens(new RecordingModel(), [1, 2, 3], 40));
    await engine.close();
    expect(model.openSequences).toBe(0);
  });
});

describe('Engine: a drafter that reads ahead', () => {
  it('reads in pieces while others go on, before the first round of its own request', async () => {
    const model = new RecordingModel();
    const engine = engineOf(model);
    const drafter = readingDrafter(noisyDrafter(model, ['chain'], [1]), 200);
    const controller = readingAhead(fixed({ drafter: 'noisy', depth: 6 }), 'noisy');
    const other = engine.submit(plainRequest([4, 5], 60));
    for (let i = 0; i < 5; i++) await other.next();
    const own = engine.submit({ ...plainRequest([1, 2, 3], 40), drafters: [drafter], controller });
    const [{ tokens }, beside] = await Promise.all([readAnswer(own), readAnswer(other)]);
    expect(tokens).toEqual(await plainTokens(new RecordingModel(), [1, 2, 3], 40));
    const whole = await plainTokens(new RecordingModel(), [4, 5], 60);
    expect(beside.tokens).toEqual(whole.slice(whole.length - beside.tokens.length));
    expect(Math.max(...drafter.pieces)).toBeLessThanOrEqual(32);
    expect(drafter.pieces.length).toBeGreaterThan(6);
    expect(controller.costs.map((cost) => cost.tokens)).toEqual([200]);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });
});
