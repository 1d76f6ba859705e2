import type { DraftTree, LanguageModel } from '@foretoken/core';
import { draftModel } from '@foretoken/draft';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomModel } from '../../../backend/src/models/testing/random-model.js';

let model: LanguageModel;
/** The same model, which can score only: it is asked pass by pass. */
let scoring: LanguageModel;
let calls = 0;

beforeAll(async () => {
  const fused = await randomModel('llama', { executor: 'fused', slots: 4 });
  const openSequence = () => fused.openSequence();
  const close = () => {};
  const shape = { vocabularySize: fused.vocabularySize, contextLength: fused.contextLength, openSequence, close };
  scoring = { ...shape, forward: (inputs) => fused.forward(inputs) };
  model = {
    ...shape,
    forward: (inputs) => fused.forward(inputs),
    forwardChain: (inputs) => {
      calls++;
      return fused.forwardChain!(inputs);
    },
    close: () => fused.close(),
  };
});
afterAll(() => model.close());

function expectSame(actual: DraftTree | undefined, expected: DraftTree | undefined): void {
  expect(actual?.tokens).toEqual(expected?.tokens);
  expect(actual?.parents).toEqual(expected?.parents);
  expect(actual?.proposals?.length).toBe(expected?.proposals?.length);
  for (const [node, value] of expected?.confidences?.entries() ?? [])
    expect(actual?.confidences?.[node]).toBeCloseTo(value, 4);
  for (const [node, proposal] of expected?.proposals?.entries() ?? []) {
    const own = actual?.proposals?.[node];
    if (proposal.kind !== 'sparse' || own?.kind !== 'sparse') throw new Error('candidates are listed');
    expect(own.tokens).toEqual(proposal.tokens);
    for (const [place, value] of proposal.probabilities.entries())
      expect(own.probabilities[place]).toBeCloseTo(value, 4);
  }
}

const SAMPLED = { kind: 'sample', seed: 5, temperature: 0.8, topK: 12, topP: 0.9, minP: 0.02 } as const;

it.each([{ kind: 'greedy' }, SAMPLED] as const)(
  'guesses in one call what it guesses pass by pass: %j',
  async (sampling) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(95), { minLength: 1, maxLength: 12 }),
        fc.array(
          fc.record({
            depth: fc.integer({ min: 1, max: 6 }),
            right: fc.nat(6),
            next: fc.nat(95),
            least: fc.constantFrom(0, 0, 0.05),
          }),
          { maxLength: 5 },
        ),
        async (prompt, rounds) => {
          const options = { sampling, window: 8 };
          const [own, twin] = [model, scoring].map((each) =>
            draftModel({ model: each, ...options }).open(Int32Array.from(prompt)),
          );
          for (const { depth, right, next, least } of rounds) {
            const budget = { depth, width: 1, nodes: depth, minimumConfidence: least };
            const before = calls;
            const tree = await own!.propose(budget);
            expect(calls).toBe(before + 1);
            expectSame(tree, await twin!.propose(budget));
            const accepted = Int32Array.of(...(tree?.tokens.subarray(0, right) ?? []), next);
            for (const session of [own!, twin!]) session.observe(accepted);
          }
          for (const session of [own!, twin!]) session.close();
        },
      ),
      { numRuns: 25, seed: 9 },
    );
  },
);

it('gives the next likely tokens beside each guess of a wider budget, and goes on behind sure ones only', async () => {
  const open = () => draftModel({ model }).open(Int32Array.of(4, 8, 15));
  const session = open();
  const before = calls;
  const chain = (await session.propose({ depth: 3, width: 1, nodes: 3, minimumConfidence: 0 }))!;
  const tree = (await session.propose({ depth: 3, width: 3, nodes: 9, minimumConfidence: 0 }))!;
  expect(calls).toBe(before + 2);
  expect(tree.tokens).toHaveLength(9);
  let parent = -1;
  for (const [guess, token] of chain.tokens.entries()) {
    const children = [...tree.tokens.keys()].filter((node) => tree.parents[node] === parent);
    expect(children).toHaveLength(3);
    parent = children[0]!;
    expect(tree.tokens[parent]).toBe(token);
    expect(tree.confidences![parent]).toBe(chain.confidences![guess]);
    expect(children.slice(1).every((node) => tree.confidences![node]! <= tree.confidences![parent]!)).toBe(true);
  }
  const short = (await session.propose({ depth: 3, width: 2, nodes: 6, minimumConfidence: 0, minimumParent: 1 }))!;
  expect([...short.parents]).toEqual([-1, -1]);
  session.close();
});

it('draws for a place the same however the places before it came to be', async () => {
  const open = (prompt: readonly number[]) => draftModel({ model, sampling: SAMPLED }).open(Int32Array.from(prompt));
  const budget = (depth: number) => ({ depth, width: 1, nodes: depth, minimumConfidence: 0 });
  const whole = open([4, 8, 15]);
  const tokens = (await whole.propose(budget(5)))!.tokens;
  whole.close();
  const stepwise = open([4, 8, 15]);
  for (const token of tokens) {
    const tree = await stepwise.propose(budget(1));
    expect(tree!.tokens[0]).toBe(token);
    stepwise.observe(Int32Array.of(token));
  }
  stepwise.close();
});
