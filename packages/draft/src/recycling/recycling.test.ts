import { type DraftTree, type ScoredRound, type TokenId, validateDraftTree } from '@foretoken/core';
import { DraftSessionClosedError, InvalidArgumentError, recycling } from '@foretoken/draft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const wide = { depth: 3, width: 3, nodes: 20, minimumConfidence: 0 };

/** A round whose row i has the given successors. */
function round(
  root: number,
  tree: DraftTree | undefined,
  path: readonly number[],
  rows: readonly number[][],
): ScoredRound {
  const asked: number[] = [];
  const scores = {
    rows: rows.length,
    argmax: () => Int32Array.from(rows, (row) => row[0]!),
    topK: (row: number, k: number) => {
      asked.push(row);
      const tokens = Int32Array.from(rows[row]!.slice(0, k));
      return { tokens, logits: Float32Array.from(tokens, (_, i) => -i) };
    },
    row: () => new Float32Array(0),
    asked,
  };
  return { root: root as TokenId, tree, path, scores };
}

const chainTree = (...tokens: number[]): DraftTree => ({
  tokens: Int32Array.from(tokens),
  parents: Int32Array.from(tokens.keys(), (i) => i - 1),
});

const pathsOf = ({ tokens, parents }: DraftTree): string[] => {
  const paths: string[] = [];
  for (const [node, token] of tokens.entries()) paths.push(`${paths[parents[node]!] ?? ''}/${token}`);
  return paths;
};

/** The likeliest next node, searched through all of them each time. Children of a parent come in the order of its row. */
function twin(root: number, rows: ReadonlyMap<number, number[]>, budget: typeof wide, rate: (rank: number) => number) {
  interface Node {
    readonly path: string;
    readonly token: number;
    readonly depth: number;
    readonly probability: number;
  }
  const chosen: Node[] = [];
  const top: Node = { path: '', token: root, depth: 0, probability: 1 };
  while (chosen.length < budget.nodes) {
    const open: Node[] = [];
    for (const parent of [top, ...chosen]) {
      const children = (rows.get(parent.token) ?? []).slice(0, budget.width);
      const next = children.findIndex((token) => !chosen.some(({ path }) => path === `${parent.path}/${token}`));
      if (next < 0 || parent.depth >= budget.depth) continue;
      const probability = parent.probability * rate(next);
      if (probability < budget.minimumConfidence) continue;
      open.push({
        path: `${parent.path}/${children[next]}`,
        token: children[next]!,
        depth: parent.depth + 1,
        probability,
      });
    }
    const most = Math.max(...open.map(({ probability }) => probability));
    const best = open.find(({ probability }) => probability === most);
    if (best === undefined) break;
    chosen.push(best);
  }
  return chosen;
}

describe('recycling', () => {
  it('grows the likeliest tree from the scored rows, valid and within any budget', async () => {
    const row = fc.uniqueArray(fc.nat(9), { minLength: 4, maxLength: 4 });
    const budgets = fc.record({
      depth: fc.integer({ min: 1, max: 5 }),
      width: fc.integer({ min: 1, max: 4 }),
      nodes: fc.integer({ min: 1, max: 15 }),
      minimumConfidence: fc.constantFrom(0, 0.01, 0.1, 0.3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), budgets, async (rows, budget) => {
        const drafter = recycling({ successors: 4, seedFromText: false });
        const session = drafter.open(Int32Array.of(0));
        // Node i is token i + 1, and all are rejected: their rows are kept too.
        session.observe(new Int32Array(0), round(0, chainTree(...[...rows.keys()].slice(1)), [], rows));
        const known = new Map(rows.entries());
        // Without a token observed the rates are the same for the whole test; one child a rank shows them.
        const all = await session.propose({ depth: 1, width: 4, nodes: 4, minimumConfidence: 0 });
        const rates = [...all!.confidences!];
        const tree = await session.propose(budget);
        expect(await session.propose(budget)).toEqual(tree);
        const expected = twin(0, known, budget, (rank) => rates[rank]!);
        const rounded = (probability: number) => probability.toFixed(5);
        const products: number[] = [];
        for (const [i, confidence] of (tree?.confidences ?? []).entries()) {
          products.push((products[tree!.parents[i]!] ?? 1) * confidence);
        }
        expect(products.map(rounded)).toEqual(expected.map(({ probability }) => rounded(probability)));
        if (tree === undefined) return;
        validateDraftTree(tree, { vocabularySize: 10, budget });
        expect(pathsOf(tree).every((path) => new Set(allPaths(0, known, budget)).has(path))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the rows of rejected guesses', async () => {
    const tree = { tokens: Int32Array.of(1, 2), parents: Int32Array.of(-1, -1) };
    const session = recycling({ seedFromText: false }).open(Int32Array.of(0));
    const shown = round(0, tree, [1], [[2, 1], [5], [6]]);
    session.observe(Int32Array.of(2, 1), shown);
    expect((shown.scores as unknown as { asked: number[] }).asked).toEqual([1, 0, 2]);
    expect((await session.propose(wide))?.tokens[0]).toBe(5);
  });

  it('prefers the accepted row among rows of one token, and ignores rows that were not scored', async () => {
    const session = recycling().open(Int32Array.of(4));
    const tree = { tokens: Int32Array.of(1, 2, 1), parents: Int32Array.of(-1, -1, 1) };
    session.observe(Int32Array.of(1), round(4, tree, [0], [[1], [7], [0]]));
    expect((await session.propose({ ...wide, depth: 1 }))!.tokens).toEqual(Int32Array.of(7));
  });

  it('learns how often each rank is right', async () => {
    const session = recycling({ seedFromText: false }).open(Int32Array.of(0));
    const rows = [[1, 0]];
    const second = async () => {
      const { tokens, confidences } = (await session.propose({ ...wide, depth: 1 }))!;
      return confidences![tokens.indexOf(0)]!;
    };
    session.observe(new Int32Array(0), round(0, undefined, [], rows));
    const before = await second();
    for (let i = 0; i < 100; i++) session.observe(Int32Array.of(0), round(0, undefined, [], rows));
    expect(await second()).toBeGreaterThan(before * 3);
  });

  it('shares what was scored with later sessions, but no text', async () => {
    const drafter = recycling();
    const first = drafter.open(Int32Array.of(1, 2, 3, 1));
    expect([...(await first.propose(wide))!.tokens]).toEqual([2, 3, 1]);
    const other = drafter.open(Int32Array.of(1));
    expect(await other.propose(wide)).toBeUndefined();
    first.observe(Int32Array.of(9), round(1, undefined, [], [[9, 2]]));
    expect([...(await other.propose(wide))!.tokens]).toEqual([9, 2]);
  });

  it('follows the text only where no scores are known, and not at all when told so', async () => {
    const session = recycling().open(Int32Array.of(1, 2, 1));
    session.observe(new Int32Array(0), round(1, undefined, [], [[5, 6]]));
    expect([...(await session.propose({ ...wide, depth: 1 }))!.tokens]).toEqual([5, 6]);
    expect(
      await recycling({ seedFromText: false })
        .open(Int32Array.of(1, 2, 1))
        .propose(wide),
    ).toBeUndefined();
  });

  it('drops the oldest row when it is full', async () => {
    const drafter = recycling({ maximumRows: 2, seedFromText: false });
    const session = drafter.open(Int32Array.of(0));
    for (const token of [0, 1, 2]) session.observe(Int32Array.of(token), round(token, undefined, [], [[7]]));
    expect(await drafter.open(Int32Array.of(0)).propose(wide)).toBeUndefined();
    expect((await drafter.open(Int32Array.of(1)).propose(wide))?.tokens).toEqual(Int32Array.of(7));
  });

  it('refuses options, tokens and uses that make no sense', async () => {
    expect(() => recycling({ successors: 0 })).toThrow(InvalidArgumentError);
    expect(() => recycling({ successors: 65 })).toThrow(InvalidArgumentError);
    expect(() => recycling({ maximumRows: 0.5 })).toThrow(InvalidArgumentError);
    expect(() => recycling().open(Int32Array.of(-1))).toThrow(InvalidArgumentError);
    expect(await recycling().open(new Int32Array(0)).propose(wide)).toBeUndefined();
    expect(
      await recycling()
        .open(Int32Array.of(1, 1))
        .propose({ ...wide, depth: 0 }),
    ).toBeUndefined();
    const session = recycling().open(Int32Array.of(1));
    session.close();
    session.close();
    expect(() => session.observe(Int32Array.of(1))).toThrow(DraftSessionClosedError);
    await expect(session.propose(wide)).rejects.toThrow(DraftSessionClosedError);
  });
});

function allPaths(
  root: number,
  rows: ReadonlyMap<number, number[]>,
  budget: typeof wide,
  path = '',
  depth = 0,
): string[] {
  if (depth >= budget.depth) return [];
  return (rows.get(root) ?? [])
    .slice(0, budget.width)
    .flatMap((token) => [`${path}/${token}`, ...allPaths(token, rows, budget, `${path}/${token}`, depth + 1)]);
}
