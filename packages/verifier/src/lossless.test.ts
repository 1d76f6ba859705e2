import { createSampler, type SamplerOptions, type TokenId, type Verifier } from '@foretoken/core';
import { exactMatch, matchOrReject, rejectionSampling, treeSampling } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { drawFrom, normalised, residual } from './distribution.js';
import { draftDistribution } from './draft-distribution.js';
import { chiSquarePValue, upperGamma } from './testing/chi-square.js';
import { type ToyDrafter, toyTree } from './testing/toy-drafters.js';
import { exactProbabilities, LENGTH, outputIndex, toyScores, VOCABULARY } from './testing/toy-target.js';
import { walkTree } from './walk-tree.js';

const SAMPLES = 100_000;

const drafters: readonly ToyDrafter[] = ['deterministic', 'sampling', 'noisy'];
const samplers: Readonly<Record<string, SamplerOptions>> = {
  temperature: { temperature: 0.8 },
  'top-k': { temperature: 1.2, topK: 3 },
  'top-p': { temperature: 1, topP: 0.8 },
  penalties: { temperature: 1, frequencyPenalty: 0.7, presencePenalty: 0.3, repetitionPenalty: 1.4 },
};
const rules: readonly { readonly verifier: Verifier; readonly width: number }[] = [
  { verifier: exactMatch(), width: 2 },
  { verifier: rejectionSampling(), width: 1 },
  { verifier: treeSampling(), width: 2 },
  { verifier: matchOrReject(), width: 2 },
];
const cases = rules.flatMap((rule) =>
  drafters.flatMap((drafter) => Object.keys(samplers).map((sampling) => ({ ...rule, drafter, sampling }))),
);

interface Case {
  readonly verifier: Verifier;
  readonly width: number;
  readonly drafter: ToyDrafter;
  readonly sampling: string;
}

/** The p-value of many outputs' first tokens against the target's own distribution. */
function pValueOf({ verifier, width, drafter, sampling }: Case): number {
  const options = samplers[sampling]!;
  const observed = new Array<number>(VOCABULARY ** LENGTH).fill(0);
  const uniform = uniformStream(20_261_124);
  for (let seed = 0; seed < SAMPLES; seed++) {
    const sampler = createSampler({ ...options, seed });
    const tokens: number[] = [];
    while (tokens.length < LENGTH) {
      const tree = toyTree(drafter, tokens, { depth: Math.min(2, LENGTH - tokens.length), width, uniform });
      tokens.push(...verifier.verify({ tree, scores: toyScores(tokens, tree), sampler }).tokens);
    }
    observed[outputIndex(tokens)]!++;
  }
  const expected = [...exactProbabilities({ ...options, seed: 0 })].map((probability) => probability * SAMPLES);
  return chiSquarePValue(observed, expected);
}

/** xorshift32: the drafter's numbers must have nothing to do with the sampler's. */
function uniformStream(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Rejection sampling with a mistake in what follows a rejection. */
function wrongRule(afterRejection: (target: Float64Array, draft: Float64Array) => Float64Array): Verifier {
  return {
    name: 'wrong',
    lossless: true,
    verify: (input) =>
      walkTree(input, (node, children) => {
        const { tree, scores, sampler } = input;
        let target = normalised(sampler.distribution(scores.row(node + 1)));
        for (const child of children) {
          const token = tree!.tokens[child]!;
          const draft = draftDistribution({ tree: tree!, node: child, taken: [], vocabularySize: VOCABULARY });
          if (sampler.random() * draft[token]! < target[token]!) return { child };
          target = afterRejection(target, draft);
        }
        return { token: drawFrom(target, sampler.random()) as TokenId };
      }),
  };
}

describe('the distribution of the output', () => {
  it.each(cases)('is the target’s: $verifier.name, $drafter drafter, $sampling', (each) => {
    expect(each.verifier.lossless).toBe(true);
    expect(pValueOf(each)).toBeGreaterThan(0.01);
  });

  it.each([
    { mistake: 'the target is drawn from after a rejection', after: (target: Float64Array) => target },
    {
      mistake: 'the residual is not renormalised',
      after: (target: Float64Array, draft: Float64Array) => target.map((p, i) => Math.max(0, p - draft[i]!)),
    },
  ])('is not the target’s when $mistake', ({ after }) => {
    const verifier = wrongRule(after);
    expect(pValueOf({ verifier, width: 1, drafter: 'sampling', sampling: 'temperature' })).toBeLessThan(1e-6);
  });

  it('is not the target’s when siblings are judged as if drawn with replacement', () => {
    const verifier = wrongRule((target, draft) => residual(target, draft) ?? target);
    expect(pValueOf({ verifier, width: 2, drafter: 'noisy', sampling: 'temperature' })).toBeLessThan(1e-6);
  });
});

describe('chiSquarePValue', () => {
  it('agrees with tables', () => {
    expect(upperGamma(1 / 2, 3.841459 / 2)).toBeCloseTo(0.05, 6);
    expect(upperGamma(100 / 2, 124.3421 / 2)).toBeCloseTo(0.05, 6);
    expect(upperGamma(10 / 2, 2.55821 / 2)).toBeCloseTo(0.99, 5);
    expect(chiSquarePValue([44, 56], [50, 50])).toBeCloseTo(0.230139, 5);
    expect(chiSquarePValue([99, 1], [100, 0])).toBe(0);
  });
});
