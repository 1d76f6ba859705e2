import { createSampler, type DraftTree, type Scores, type TokenId, type Verdict } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const VOCABULARY = 6;

/** Scores that record what was read of them. */
function scoresOf(rows: readonly Float32Array[]) {
  const read: number[] = [];
  const scores: Scores & { readonly read: number[] } = {
    read,
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
  return scores;
}

/** Logits that are high for one token. */
const favouring = (token: number): Float32Array => new Float32Array(VOCABULARY).map((_, i) => (i === token ? 5 : 0));

const caseArbitrary = fc.nat(12).chain((nodes) =>
  fc.record({
    tree: fc.record({
      tokens: fc.array(fc.nat(VOCABULARY - 1), { minLength: nodes, maxLength: nodes }),
      parents: fc.tuple(...Array.from({ length: nodes }, (_, i) => fc.integer({ min: -1, max: i - 1 }))),
    }),
    rows: fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: VOCABULARY, maxLength: VOCABULARY }), {
      minLength: nodes + 1,
      maxLength: nodes + 1,
    }),
    temperature: fc.constantFrom(0, 0.7),
    frequencyPenalty: fc.constantFrom(0, 1),
    seed: fc.nat(),
    stopToken: fc.nat(VOCABULARY * 3),
  }),
);

describe('exactMatch', () => {
  it('gives a consistent verdict for any tree: the tokens a plain sampler would emit along the path', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ tree: plainTree, rows: plainRows, seed, stopToken, ...options }) => {
        const tree: DraftTree = {
          tokens: Int32Array.from(plainTree.tokens),
          parents: Int32Array.from(plainTree.parents),
        };
        const rows = plainRows.map((row) => Float32Array.from(row));
        const scores = scoresOf(rows);
        const sampler = createSampler({ ...options, seed });
        const asked: number[] = [];
        const stopsAfter = (token: TokenId): boolean => {
          asked.push(token);
          return token === stopToken;
        };
        const verdict = exactMatch().verify({ tree, scores, sampler, stopsAfter });

        const plain = createSampler({ ...options, seed });
        let node = -1;
        for (const [step, token] of verdict.tokens.entries()) {
          expect(token).toBe(plain.sample(rows[node + 1]!));
          plain.accept(token);
          const next = verdict.path[step];
          if (next === undefined) break;
          expect(tree.parents[next]).toBe(node);
          expect(tree.tokens[next]).toBe(token);
          node = next;
        }
        expect([...verdict.tokens]).toEqual(asked);
        const last = verdict.tokens.at(-1)!;
        expect(verdict.tokens.slice(0, -1)).not.toContain(stopToken);
        if (verdict.tokens.length === verdict.path.length) {
          expect(last).toBe(stopToken);
          expect(verdict.rejectedAt).toBeUndefined();
        } else {
          expect(verdict.tokens).toHaveLength(verdict.path.length + 1);
          const children = plainTree.parents.flatMap((parent, i) => (parent === node ? [plainTree.tokens[i]] : []));
          expect(children).not.toContain(last);
          expect(verdict.rejectedAt).toBe(children.length > 0 ? verdict.path.length : undefined);
        }
        expect(sampler.fork().random()).toBe(plain.fork().random());
        const onPath = [0, ...verdict.path.map((i) => i + 1)].slice(0, verdict.tokens.length);
        expect(scores.read).toEqual(sampler.needs === 'argmax' ? [] : onPath);
      }),
      { numRuns: 2000 },
    );
  });

  it('emits one token without a tree', () => {
    const verdict = exactMatch().verify({
      tree: undefined,
      scores: scoresOf([favouring(4)]),
      sampler: createSampler(),
    });
    expect(verdict).toEqual<Verdict>({ path: [], tokens: [4 as TokenId] });
  });

  it('takes the branch that the target takes', () => {
    const tree = { tokens: Int32Array.of(1, 2, 3, 4), parents: Int32Array.of(-1, -1, 1, 0) };
    const scores = scoresOf([favouring(2), favouring(0), favouring(3), favouring(5), favouring(0)]);
    expect(exactMatch().verify({ tree, scores, sampler: createSampler() })).toEqual({
      path: [1, 2],
      tokens: [2, 3, 5],
    });
  });

  it('stops inside an accepted run', () => {
    const tree = { tokens: Int32Array.of(1, 2), parents: Int32Array.of(-1, 0) };
    const scores = scoresOf([favouring(1), favouring(2), favouring(3)]);
    const stopsAfter = (token: TokenId) => token === 1;
    expect(exactMatch().verify({ tree, scores, sampler: createSampler(), stopsAfter })).toEqual({
      path: [0],
      tokens: [1],
    });
  });
});
