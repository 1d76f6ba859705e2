import { fixed, standard } from '@foretoken/adaptive';
import { createSampler } from '@foretoken/core';
import {
  DraftSessionClosedError,
  draftModel,
  EarlyExitTargetError,
  ExitLayerError,
  earlyExit,
  InvalidArgumentError,
} from '@foretoken/draft';
import { exactMatch } from '@foretoken/verifier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomModel } from '../../../backend/src/models/testing/random-model.js';
import { OneAtATime } from '../../../core/src/engine/testing/one-at-a-time.js';

type Model = Awaited<ReturnType<typeof randomModel>>;
let model: Model;
/** Weights are drawn by name: the first two layers of the other, as a model of its own. */
let firstLayers: Model;
beforeAll(async () => {
  model = await randomModel('llama', { executor: 'graph', layers: 3, exitLayers: [1, 2] });
  firstLayers = await randomModel('llama', { executor: 'graph', layers: 2 });
});
afterAll(() => {
  model.close();
  firstLayers.close();
});

const prompt = Int32Array.of(3, 14, 15, 92, 65);
const budget = (depth: number) => ({ depth, width: 1, nodes: depth, minimumConfidence: 0 });

async function hold(tokens: Int32Array) {
  const sequence = model.openSequence();
  await model.forward([{ sequence, tokens, want: 'none' }]);
  sequence.commit([...tokens.keys()]);
  return sequence;
}

describe('earlyExit', () => {
  it('guesses as a model of these layers alone, round after round', async () => {
    const sequence = await hold(prompt.subarray(0, 4));
    const early = earlyExit({ model, layers: 2 }).open(prompt, { sequence });
    const alone = draftModel({ model: firstLayers }).open(prompt);
    let last = prompt[4]!;
    for (const kept of [2, 0, 4, 1]) {
      const tree = (await early.propose(budget(4)))!;
      const expected = (await alone.propose(budget(4)))!;
      expect(tree.tokens).toEqual(expected.tokens);
      for (const [i, value] of expected.confidences!.entries()) expect(tree.confidences![i]).toBeCloseTo(value, 4);
      const accepted = Int32Array.of(...tree.tokens.subarray(0, kept), 40 + kept);
      const scored = Int32Array.of(last, ...accepted.subarray(0, kept));
      await model.forward([{ sequence, tokens: scored, want: 'none' }]);
      sequence.commit([...scored.keys()]);
      last = 40 + kept;
      early.observe(accepted);
      alone.observe(accepted);
    }
    alone.close();
    sequence.close();
  });

  it('leaves the output of the decoder as it is', async () => {
    const run = async (guess: boolean) => {
      const decoder = new OneAtATime({
        model,
        drafters: [earlyExit({ model, layers: 2 })],
        verifier: exactMatch(),
        controller: () => (guess ? fixed({ drafter: 'early-exit', depth: 4 }) : standard()),
      });
      const tokens: number[] = [];
      let drafted = 0;
      for await (const event of decoder.generate({ prompt, sampler: createSampler(), maximumTokens: 40 })) {
        if (event.kind === 'round') tokens.push(...event.round.tokens);
        else drafted = event.statistics.draftedTokens;
      }
      return { tokens, drafted };
    };
    const guessed = await run(true);
    expect(guessed.drafted).toBeGreaterThan(20);
    expect(guessed.tokens).toEqual((await run(false)).tokens);
  });

  it('stops at the end of the context and under the minimum', async () => {
    const tokens = new Int32Array(63).fill(5);
    const sequence = await hold(tokens.subarray(0, 62));
    const session = earlyExit({ model, layers: 1 }).open(tokens, { sequence });
    expect((await session.propose(budget(9)))?.tokens.length).toBe(2);
    expect(await session.propose({ ...budget(9), minimumConfidence: 1 })).toBeUndefined();
    session.observe(Int32Array.of(1));
    await expect(session.propose(budget(1))).rejects.toThrow(EarlyExitTargetError);
    session.close();
    await expect(session.propose(budget(1))).rejects.toThrow(DraftSessionClosedError);
    sequence.close();
  });

  it('says what is missing', () => {
    expect(() => earlyExit({ model, layers: 3 })).toThrow(ExitLayerError);
    expect(() => earlyExit({ model, layers: 3 })).toThrow(/only after: 1, 2/);
    expect(() => earlyExit({ model, layers: 1 }).open(prompt)).toThrow(EarlyExitTargetError);
    expect(() => earlyExit({ model, layers: 1, minimumConfidence: -1 })).toThrow(InvalidArgumentError);
  });
});
