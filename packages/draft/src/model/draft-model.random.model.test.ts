import { fixed, standard } from '@foretoken/adaptive';
import { createSampler, type Drafter, type DraftTree, type LanguageModel } from '@foretoken/core';
import {
  DraftSessionClosedError,
  DraftVocabularyMismatchError,
  draftModel,
  InvalidArgumentError,
  tokenTranslation,
} from '@foretoken/draft';
import { exactMatch, rejectionSampling } from '@foretoken/verifier';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomModel } from '../../../backend/src/models/testing/random-model.js';
import { OneAtATime } from '../../../core/src/engine/testing/one-at-a-time.js';

let target: LanguageModel;
/** Other weights than the target's, and mostly other guesses. */
let other: LanguageModel;
beforeAll(async () => {
  target = await randomModel('llama', { executor: 'graph', slots: 3 });
  other = await randomModel('qwen2', { executor: 'graph', slots: 3, seed: 7 });
});
afterAll(() => {
  target.close();
  other.close();
});

const prompt = Int32Array.of(3, 14, 15, 92, 65);
const budget = (depth: number, width = 1, nodes = depth * width) => ({ depth, width, nodes, minimumConfidence: 0 });
const texts = Array.from({ length: 96 }, (_, id) => `t${id};`);
/** The same texts in another order: id i of the draft is 95 - i of the target. */
const reversed = () => tokenTranslation({ draft: texts, target: texts.toReversed() });

async function generate(drafter: Drafter | undefined, width = 1, options = {}) {
  const decoder = new OneAtATime({
    model: target,
    drafters: drafter ? [drafter] : [],
    verifier: 'temperature' in options ? rejectionSampling() : exactMatch(),
    controller: () => (drafter ? fixed({ drafter: 'model', depth: 4, width, nodes: 4 * width }) : standard()),
    onDrafterError: (error) => {
      throw error;
    },
  });
  const tokens: number[] = [];
  let [drafted, accepted] = [0, 0];
  const request = { prompt, sampler: createSampler(options), maximumTokens: 40 };
  for await (const event of decoder.generate(request)) {
    if (event.kind === 'round') tokens.push(...event.round.tokens);
    else ({ draftedTokens: drafted, acceptedTokens: accepted } = event.statistics);
  }
  return { tokens, drafted, accepted };
}

/** The same model, which counts what it is fed. */
function counting(model: LanguageModel) {
  const fed: number[] = [];
  const counted: LanguageModel = {
    vocabularySize: model.vocabularySize,
    contextLength: model.contextLength,
    openSequence: () => model.openSequence(),
    forward: (inputs) => {
      fed.push(...inputs.map(({ tokens }) => tokens.length));
      return model.forward(inputs);
    },
    close: () => {},
  };
  return { model: counted, fed };
}

function expectClose(actual: DraftTree | undefined, expected: DraftTree | undefined): void {
  expect(actual?.tokens).toEqual(expected?.tokens);
  expect(actual?.parents).toEqual(expected?.parents);
  for (const [node, confidence] of expected?.confidences?.entries() ?? []) {
    expect(actual?.confidences?.[node]).toBeCloseTo(confidence, 4);
  }
}

describe('draftModel in the decoder', () => {
  it('has every guess accepted when it is the target itself', async () => {
    const { tokens, drafted, accepted } = await generate(draftModel({ model: target }));
    expect(drafted).toBeGreaterThan(25);
    expect(accepted).toBe(drafted);
    expect(tokens).toEqual((await generate(undefined)).tokens);
  });

  it.each([1, 3])('leaves the output as it is with another model at width %i, translated and not', async (width) => {
    const { tokens } = await generate(undefined);
    for (const options of [{}, { translation: reversed() }]) {
      const guessed = await generate(draftModel({ model: other, ...options }), width);
      expect(guessed.tokens).toEqual(tokens);
      expect(guessed.drafted).toBeGreaterThan(0);
    }
  });

  it('has every sampled guess accepted when it is the target itself, since q is p', async () => {
    const sampling = { kind: 'sample', temperature: 0.8, seed: 5 } as const;
    const { drafted, accepted } = await generate(draftModel({ model: target, sampling }), 1, {
      temperature: 0.8,
      seed: 5,
    });
    expect(drafted).toBeGreaterThan(25);
    // p and q come from forwards of different lengths, so they may differ in their last bits.
    expect(drafted - accepted).toBeLessThanOrEqual(1);
  });
});

describe('draftModel', () => {
  it('proposes what a fresh session does, whatever was accepted before', async () => {
    const token = fc.nat(95);
    const round = fc.record({
      keep: fc.nat(4),
      after: fc.array(token, { minLength: 1, maxLength: 3 }),
      width: fc.constantFrom(1, 3),
      branch: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), async (rounds) => {
        const drafter = draftModel({ model: other });
        const session = drafter.open(prompt);
        const context = [...prompt];
        try {
          for (const { keep, after, width, branch } of rounds) {
            const tree = (await session.propose(budget(3, width)))!;
            const path: number[] = [];
            for (let node = branch % tree.tokens.length; node >= 0; node = tree.parents[node]!) {
              path.unshift(tree.tokens[node]!);
            }
            const accepted = [...path.slice(0, keep), ...after];
            session.observe(Int32Array.from(accepted));
            context.push(...accepted);
          }
          const fresh = drafter.open(Int32Array.from(context));
          try {
            expectClose(await session.propose(budget(3)), await fresh.propose(budget(3)));
            expectClose(await session.propose(budget(2, 3)), await fresh.propose(budget(2, 3)));
          } finally {
            fresh.close();
          }
        } finally {
          session.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  it('feeds each token once', async () => {
    const { model, fed } = counting(other);
    const session = draftModel({ model }).open(prompt);
    const chain = (await session.propose(budget(4)))!;
    expect(fed.splice(0)).toEqual([5, 1, 1, 1]);
    session.observe(Int32Array.of(...chain.tokens, 50));
    const tree = (await session.propose(budget(2, 3)))!;
    // The last guess and the target's own token; then the tree, whose nodes are fed to find their children.
    expect(fed.splice(0)).toEqual([2, 3]);
    session.observe(Int32Array.of(tree.tokens[0]!, 51));
    await session.propose(budget(1));
    expect(fed).toEqual([1]);
    session.close();
  });

  it('gives the likeliest tree of a full search', async () => {
    const drafter = draftModel({ model: other });
    const nextOf = async (path: readonly number[]) => {
      const session = drafter.open(Int32Array.of(...prompt, ...path));
      const tree = (await session.propose(budget(1, 3)))!;
      session.close();
      return [...tree.tokens].map((token, i) => ({ token, confidence: tree.confidences![i]! }));
    };
    const all: { path: number[]; probability: number }[] = [];
    const visit = async (path: number[], probability: number): Promise<void> => {
      if (path.length === 3) return;
      for (const { token, confidence } of await nextOf(path)) {
        all.push({ path: [...path, token], probability: probability * confidence });
        await visit([...path, token], probability * confidence);
      }
    };
    await visit([], 1);
    all.sort((a, b) => b.probability - a.probability);
    const session = drafter.open(prompt);
    const tree = (await session.propose(budget(3, 3, 9)))!;
    session.close();
    const paths: number[][] = [];
    for (const [i, token] of tree.tokens.entries()) paths.push([...(paths[tree.parents[i]!] ?? []), token]);
    expect(paths.map(String).sort()).toEqual(
      all
        .slice(0, 9)
        .map(({ path }) => String(path))
        .sort(),
    );
  });

  it('stops where the path gets less probable than the greater of both minima', async () => {
    const whole = draftModel({ model: other }).open(prompt);
    const { confidences } = (await whole.propose(budget(4)))!;
    whole.close();
    const two = confidences![0]! * confidences![1]!;
    const minimum = two * 0.999;
    for (const [own, given] of [
      [minimum, 0],
      [0, minimum],
    ] as const) {
      const session = draftModel({ model: other, minimumConfidence: own }).open(prompt);
      const tree = await session.propose({ ...budget(4), minimumConfidence: given });
      session.close();
      expect(tree?.tokens.length).toBe(2);
    }
  });

  it('samples reproducibly, with whole and sparse proposals that its confidences do not leak', async () => {
    for (const topK of [undefined, 4]) {
      const sampling = { kind: 'sample', seed: 3, ...(topK ? { topK } : {}) } as const;
      const propose = async () => {
        const session = draftModel({ model: other, sampling }).open(prompt);
        const tree = (await session.propose(budget(4, 2, 4)))!;
        session.close();
        return tree;
      };
      const tree = await propose();
      expect(tree).toEqual(await propose());
      expect(tree.parents).toEqual(Int32Array.of(-1, 0, 1, 2));
      for (const [node, proposal] of tree.proposals!.entries()) {
        expect(proposal.kind).toBe(topK ? 'sparse' : 'full');
        expect(proposal.probabilities.length).toBe(topK ?? 96);
        expect(proposal.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        expect(tree.confidences![node]).toBe(Math.max(...proposal.probabilities));
      }
    }
  });

  it('translates ids both ways and guesses shared tokens only', async () => {
    const plain = draftModel({ model: other }).open(prompt);
    const translated = draftModel({ model: other, translation: reversed() }).open(prompt.map((id) => 95 - id));
    const expected = (await plain.propose(budget(4)))!;
    expect((await translated.propose(budget(4)))!.tokens).toEqual(expected.tokens.map((id) => 95 - id));
    plain.close();
    translated.close();
    const few = tokenTranslation({
      draft: texts,
      target: texts.map((text, id) => (id % 3 === 0 ? text : `x${id}`)),
      minimumShared: 0,
    });
    const session = draftModel({ model: other, translation: few }).open(Int32Array.of(3, 6, 9));
    const tree = (await session.propose(budget(3, 3)))!;
    session.close();
    expect([...tree.tokens].every((token) => token % 3 === 0)).toBe(true);
  });

  it('guesses what fits its context, and goes on from the first and last tokens once that is full', async () => {
    const tokens = Int32Array.from({ length: 62 }, (_, i) => (7 * i) % 96);
    const session = draftModel({ model: other }).open(tokens);
    expect((await session.propose(budget(8)))?.tokens.length).toBe(3);
    session.observe(Int32Array.of(1, 2, 3));
    const parts = draftModel({ model: other }).open(
      Int32Array.of(...tokens.slice(0, 8), ...tokens.slice(-21), 1, 2, 3),
    );
    expect(await session.propose(budget(8))).toEqual(await parts.propose(budget(8)));
    session.close();
    parts.close();
  });

  it('reads the beginning and the end of a long prompt only', async () => {
    const { model, fed } = counting(other);
    const tokens = Int32Array.from({ length: 40 }, (_, i) => (7 * i) % 96);
    const session = draftModel({ model, window: 10 }).open(tokens);
    const parts = draftModel({ model: other }).open(Int32Array.of(...tokens.slice(0, 2), ...tokens.slice(-8)));
    expect(await session.propose(budget(2))).toEqual(await parts.propose(budget(2)));
    expect(fed).toEqual([10, 1]);
    session.close();
    parts.close();
  });

  it('gives its sequence back, and passes on that none is left', () => {
    const sessions = [1, 2, 3].map(() => draftModel({ model: other }).open(prompt));
    expect(() => draftModel({ model: other }).open(prompt)).toThrow(/in use/);
    for (const session of sessions) session.close();
    sessions[0]!.close();
    expect(() => sessions[0]!.observe(prompt)).toThrow(DraftSessionClosedError);
    const again = [1, 2, 3].map(() => draftModel({ model: other }).open(prompt));
    for (const session of again) session.close();
  });

  it("refuses options out of range and a vocabulary that is not the target's", () => {
    for (const options of [
      { minimumConfidence: 1.1 },
      { name: '' },
      { sampling: { kind: 'sample', seed: 0.5 } },
      { sampling: { kind: 'sample', seed: 1, temperature: 0 } },
      { sampling: { kind: 'sample', seed: 1, topK: 0 } },
      { sampling: { kind: 'sample', seed: 1, topK: 4, topP: 1.5 } },
      { window: 0 },
    ] as const) {
      expect(() => draftModel({ model: other, ...options })).toThrow(InvalidArgumentError);
    }
    expect(() => draftModel({ model: other, targetVocabularySize: 97 })).toThrow(DraftVocabularyMismatchError);
    expect(() => draftModel({ model: other }).open(Int32Array.of(96))).toThrow(DraftVocabularyMismatchError);
  });
});
