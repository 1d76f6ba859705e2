import { createSampler, type DraftProposal, type DraftTree, type Scores, type TokenId } from '@foretoken/core';
import { exactMatch, InvalidProposalError, NotAChainError, rejectionSampling, treeSampling } from '@foretoken/verifier';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const VOCABULARY = 4;

function scoresOf(rows: readonly Float32Array[]) {
  const read: number[] = [];
  const scores: Scores = {
    rows: rows.length,
    argmax: () => Int32Array.from(rows, (row) => row.indexOf(Math.max(...row))),
    topK: () => {
      throw new Error('not needed');
    },
    row: (index) => {
      read.push(index);
      return rows[index]!.slice();
    },
  };
  return { scores, read };
}

const rules = { rejectionSampling, treeSampling };

const caseArbitrary = fc.nat(8).chain((nodes) =>
  fc.record({
    tokens: fc.array(fc.nat(VOCABULARY - 1), { minLength: nodes, maxLength: nodes }),
    parents: fc.tuple(...Array.from({ length: nodes }, (_, i) => fc.integer({ min: -1, max: i - 1 }))),
    logits: fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: VOCABULARY, maxLength: VOCABULARY }), {
      minLength: nodes + 1,
      maxLength: nodes + 1,
    }),
    temperature: fc.constantFrom(0, 1),
    frequencyPenalty: fc.constantFrom(0, 1),
    seed: fc.nat(),
    stopToken: fc.nat(VOCABULARY * 2),
  }),
);

describe.each(Object.entries(rules))('%s', (name, rule) => {
  it('gives a consistent verdict, reads rows of its path only, stops at a stop and repeats itself', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ tokens, parents, logits, seed, stopToken, ...options }) => {
        const chain = name === 'rejectionSampling';
        const tree: DraftTree = {
          tokens: Int32Array.from(tokens),
          parents: Int32Array.from(chain ? parents.map((_, i) => i - 1) : parents),
        };
        const rows = logits.map((row) => Float32Array.from(row));
        const run = () => {
          const { scores, read } = scoresOf(rows);
          const sampler = createSampler({ ...options, seed });
          const asked: number[] = [];
          const stopsAfter = (token: TokenId): boolean => {
            asked.push(token);
            return token === stopToken;
          };
          const verdict = rule().verify({ tree, scores, sampler, stopsAfter });
          return { verdict, read, asked, sampler };
        };
        const { verdict, read, asked, sampler } = run();
        expect(run().verdict).toEqual(verdict);
        expect(asked).toEqual([...verdict.tokens]);
        expect(verdict.tokens.slice(0, -1)).not.toContain(stopToken);
        let node = -1;
        for (const [step, next] of verdict.path.entries()) {
          expect(tree.parents[next]).toBe(node);
          expect(tree.tokens[next]).toBe(verdict.tokens[step]);
          node = next;
        }
        const ended = verdict.tokens.length === verdict.path.length;
        if (ended) expect(verdict.tokens.at(-1)).toBe(stopToken);
        else expect(verdict.tokens).toHaveLength(verdict.path.length + 1);
        const guessed = !ended && tree.parents.includes(node);
        expect(verdict.rejectedAt).toBe(guessed ? verdict.path.length : undefined);
        const onPath = [0, ...verdict.path.map((i) => i + 1)].slice(0, verdict.tokens.length);
        expect(read).toEqual(sampler.needs === 'argmax' ? [] : onPath);
        const plain = createSampler({ ...options, seed });
        for (const token of verdict.tokens) plain.accept(token);
        expect(sampler.random()).toBe(plain.random());
        if (options.temperature === 0) {
          const exact = exactMatch().verify({ tree, ...scoresOf(rows), sampler: createSampler({ ...options, seed }) });
          expect(exact.tokens.slice(0, verdict.tokens.length)).toEqual(verdict.tokens);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const full = (...probabilities: number[]): DraftProposal => ({
  kind: 'full',
  probabilities: Float32Array.from(probabilities),
});
const sparse = (tokens: number[], probabilities: number[]): DraftProposal => ({
  kind: 'sparse',
  tokens: Int32Array.from(tokens),
  probabilities: Float32Array.from(probabilities),
});

describe('proposals that no token can be sampled from', () => {
  it.each([
    ['has 3 probabilities, but must have 4', [full(0.5, 0.5, 0)]],
    ['sums to 0.5', [full(0, 0.5, 0, 0)]],
    ['the probability -0.5', [full(0.5, 1, -0.5, 0)]],
    ['the probability NaN', [full(0, 1, Number.NaN, 0)]],
    ['has probability 0', [full(1, 0, 0, 0)]],
    ['has probability 0', [sparse([0, 2], [0.5, 0.5])]],
    ['lists token 1 twice', [sparse([1, 1], [0.5, 0.5])]],
    ['outside the vocabulary', [sparse([1, 4], [0.5, 0.5])]],
    ['has 1 probabilities, but must have 2', [sparse([1, 2], [1])]],
    ['0 proposals for 1 nodes', []],
  ])('are refused: %s', (message, proposals) => {
    const tree = { tokens: Int32Array.of(1), parents: Int32Array.of(-1), proposals };
    for (const verifier of [rejectionSampling(), treeSampling()]) {
      const judge = () =>
        verifier.verify({
          tree,
          scores: scoresOf([new Float32Array(4), new Float32Array(4)]).scores,
          sampler: createSampler({ temperature: 1, seed: 1 }),
        });
      expect(judge).toThrow(InvalidProposalError);
      expect(judge).toThrow(message);
    }
  });

  it('are refused when siblings were drawn with replacement', () => {
    const proposal = full(0, 1, 0, 0);
    const tree = { tokens: Int32Array.of(1, 1), parents: Int32Array.of(-1, -1), proposals: [proposal, proposal] };
    const rows = [Float32Array.of(9, -90, 0, 0), new Float32Array(4), new Float32Array(4)];
    const input = { tree, scores: scoresOf(rows).scores, sampler: createSampler({ temperature: 1, seed: 1 }) };
    expect(() => treeSampling().verify(input)).toThrow(/drawn without replacement/);
  });
});

it('rejectionSampling refuses a tree that branches', () => {
  const tree = { tokens: Int32Array.of(1, 2), parents: Int32Array.of(-1, -1) };
  const input = { tree, scores: scoresOf([]).scores, sampler: createSampler() };
  expect(() => rejectionSampling().verify(input)).toThrow(NotAChainError);
});
