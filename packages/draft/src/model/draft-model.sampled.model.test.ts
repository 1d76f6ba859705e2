import { fixed } from '@foretoken/adaptive';
import { createSampler, Engine, type LanguageModel, type Verifier } from '@foretoken/core';
import { draftModel } from '@foretoken/draft';
import { exactMatch, matchOrReject } from '@foretoken/verifier';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomModel } from '../../../backend/src/models/testing/random-model.js';
import { chiSquarePValue } from '../../../verifier/src/testing/chi-square.js';

/** Enough for a mistake of some percent to show. */
const SAMPLES = 3000;
const TEMPERATURE = 0.8;
const prompt = Int32Array.of(3, 14, 15, 92, 65);

let target: LanguageModel;
let other: LanguageModel;
beforeAll(async () => {
  target = await randomModel('llama', { executor: 'fused', slots: 4 });
  other = await randomModel('qwen2', { executor: 'fused', slots: 4, seed: 7 });
});
afterAll(() => {
  target.close();
  other.close();
});

/** Takes every guess that was drawn: the draft model's distribution comes out. */
const credulous: Verifier = {
  name: 'credulous',
  lossless: false,
  verify: (input) => {
    const { tree, sampler, scores } = input;
    const token = tree?.tokens[0];
    if (tree === undefined || token === undefined) return exactMatch().verify(input);
    sampler.accept(token as never);
    if (input.stopsAfter?.(token as never)) return { path: [0], tokens: [token as never] };
    const next = sampler.sample(scores.row(1));
    sampler.accept(next);
    input.stopsAfter?.(next);
    return { path: [0], tokens: [token as never, next] };
  },
};

interface Counted {
  /** How often each token came first, and second. */
  readonly counts: readonly (readonly number[])[];
  readonly drafted: number;
  readonly accepted: number;
}

/** Answers of two tokens, four at a time. */
async function answers(verifier: Verifier, kind: 'sample' | 'greedy', samples = SAMPLES): Promise<Counted> {
  const engine = new Engine({ model: target, verifier, sequences: 3, queue: samples });
  const counts = [0, 1].map(() => new Array<number>(target.vocabularySize).fill(0));
  let [drafted, accepted] = [0, 0];
  const run = async (seed: number): Promise<void> => {
    const sampling = kind === 'sample' ? { kind, temperature: TEMPERATURE, topK: 64, seed } : { kind };
    const events = engine.submit({
      prompt,
      sampler: createSampler({ temperature: TEMPERATURE, seed: 1_000_000 + seed }),
      maximumTokens: 3,
      drafters: [draftModel({ model: other, sampling })],
      controller: fixed({ drafter: 'model', depth: 2 }),
    });
    const tokens: number[] = [];
    for await (const event of events) {
      if (event.kind === 'round') tokens.push(...event.round.tokens);
      if (event.kind !== 'finish') continue;
      drafted += event.statistics.draftedTokens;
      accepted += event.statistics.acceptedTokens;
    }
    for (const [index, token] of tokens.slice(0, 2).entries()) counts[index]![token]!++;
  };
  const lanes = [0, 1, 2].map(async (lane) => {
    for (let seed = lane; seed < samples; seed += 3) await run(seed);
  });
  await Promise.all(lanes);
  await engine.close();
  return { counts, drafted, accepted };
}

/** How often each token is to come first, and second. */
async function expectedCounts(): Promise<number[][]> {
  const sampler = createSampler({ temperature: TEMPERATURE, seed: 1 });
  const sequence = target.openSequence();
  const all = Array.from({ length: target.vocabularySize }, (_, token) => token);
  let first = new Float32Array(0);
  const second = all.map(() => 0);
  // The context holds no more at a time.
  for (let start = 0; start < all.length; start += 48) {
    const children = all.slice(start, start + 48);
    const parents = [...prompt.keys()].map((place) => place - 1).concat(children.map(() => prompt.length - 1));
    const tokens = Int32Array.of(...prompt, ...children);
    const { scores } = await target.forward([{ sequence, tokens, parents: Int32Array.from(parents), want: 'all' }]);
    first = Float32Array.from(sampler.distribution(scores[0]!.row(prompt.length - 1)));
    for (const [child, token] of children.entries()) {
      const next = sampler.distribution(scores[0]!.row(prompt.length + child));
      for (const [after, probability] of next.entries()) second[after]! += first[token]! * probability;
    }
  }
  sequence.close();
  return [[...first], second].map((chances) => chances.map((chance) => chance * SAMPLES));
}

it('samples as the target does when a draft model draws its guesses, in a batch as well', async () => {
  const expected = await expectedCounts();
  const drawn = await answers(matchOrReject(), 'sample');
  expect(drawn.accepted).toBeGreaterThan(100);
  for (const [place, counts] of drawn.counts.entries())
    expect(chiSquarePValue(counts, expected[place]!)).toBeGreaterThan(1e-4);
  const wrong = await answers(credulous, 'sample');
  expect(chiSquarePValue(wrong.counts[0]!, expected[0]!)).toBeLessThan(1e-9);
});

it('has more guesses accepted by rejection than likeliest tokens by exact match', async () => {
  const drawn = await answers(matchOrReject(), 'sample', 900);
  const likeliest = await answers(matchOrReject(), 'greedy', 900);
  expect(drawn.accepted / drawn.drafted).toBeGreaterThan(likeliest.accepted / likeliest.drafted);
});
