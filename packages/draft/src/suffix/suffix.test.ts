import { DraftSessionClosedError, InvalidArgumentError, suffix } from '@foretoken/draft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const wide = { depth: 4, width: 3, nodes: 9, minimumConfidence: 0 };

interface Guess {
  readonly path: readonly number[];
  readonly parent: number;
  readonly confidence: number;
  readonly probability: number;
}

/** Counts every occurrence in every text anew for each node. */
function twin(texts: readonly number[][], minimum: number, maximum: number, budget: typeof wide): Guess[] {
  const text = texts[0]!;
  const follow = (path: readonly number[], parent: number, probability: number): Guess[] => {
    const context = [...text, ...path];
    for (let n = Math.min(maximum, context.length); n >= minimum; n--) {
      const seen: number[] = [];
      for (const other of texts) {
        for (let i = 0; i + n < other.length; i++) {
          if (other.slice(i, i + n).join() === context.slice(-n).join()) seen.push(other[i + n]!);
        }
      }
      if (seen.length === 0) continue;
      return [...new Set(seen)]
        .map((token) => ({ token, count: seen.filter((other) => other === token).length }))
        .sort((a, b) => b.count - a.count || a.token - b.token)
        .slice(0, budget.width)
        .map(({ token, count }) => ({ token, confidence: count / (seen.length + 1 / n) }))
        .map(({ token, confidence }) => ({
          path: [...path, token],
          parent,
          confidence,
          probability: probability * confidence,
        }))
        .filter((guess) => guess.probability >= budget.minimumConfidence);
    }
    return [];
  };
  let waiting = follow([], -1, 1);
  const chosen: Guess[] = [];
  while (chosen.length < budget.nodes && waiting.length > 0) {
    const most = Math.max(...waiting.map((guess) => guess.probability));
    const best = waiting.find((guess) => guess.probability === most)!;
    waiting = waiting.filter((guess) => guess !== best);
    chosen.push(best);
    if (best.path.length < budget.depth) waiting.push(...follow(best.path, chosen.length - 1, best.probability));
  }
  return chosen;
}

describe('suffix', () => {
  it('proposes what counting all kept texts gives, with evictions and interleaved sessions', async () => {
    const tokens = fc.array(fc.nat(2), { maxLength: 14 });
    const budgets = fc.record({
      depth: fc.integer({ min: 1, max: 5 }),
      width: fc.integer({ min: 1, max: 3 }),
      nodes: fc.integer({ min: 1, max: 9 }),
      minimumConfidence: fc.constantFrom(0, 0.2, 0.5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(tokens, { maxLength: 6 }), tokens, tokens, budgets, async (past, one, more, budget) => {
        const drafter = suffix({ minimumMatch: 1, maximumMatch: 3, poolTokens: 30 });
        const session = drafter.open(Int32Array.from(one));
        for (const text of past) drafter.open(Int32Array.from(text)).close();
        session.observe(Int32Array.from(more));
        let kept: number[][] = [];
        for (const text of past.filter((other) => other.length > 0)) {
          kept.push(text);
          while (kept.flat().length > 30) kept = kept.slice(1);
        }
        const tree = await session.propose(budget);
        const expected = twin([[...one, ...more], ...kept], 1, 3, budget);
        expect([...(tree?.tokens ?? [])]).toEqual(expected.map((guess) => guess.path.at(-1)));
        expect([...(tree?.parents ?? [])]).toEqual(expected.map((guess) => guess.parent));
        expect([...(tree?.confidences ?? [])]).toEqual(expected.map((guess) => Math.fround(guess.confidence)));
      }),
      { numRuns: 200 },
    );
  });

  it('learns from finished requests only, and forgets the oldest', async () => {
    const drafter = suffix({ poolTokens: 4 });
    const first = drafter.open(Int32Array.of(1, 2, 3, 4));
    const other = drafter.open(Int32Array.of(1, 2));
    expect(await other.propose(wide)).toBeUndefined();
    first.close();
    expect([...(await other.propose(wide))!.tokens]).toEqual([3, 4]);
    drafter.open(Int32Array.of(7, 8, 9)).close();
    expect(await other.propose(wide)).toBeUndefined();
  });

  it('refuses options, tokens and uses that make no sense', async () => {
    expect(() => suffix({ minimumMatch: 0 })).toThrow(InvalidArgumentError);
    expect(() => suffix({ minimumMatch: 3, maximumMatch: 2 })).toThrow(InvalidArgumentError);
    expect(() => suffix({ poolTokens: -1 })).toThrow(InvalidArgumentError);
    expect(() => suffix().open(Int32Array.of(-1))).toThrow(InvalidArgumentError);
    const session = suffix().open(Int32Array.of(1));
    session.close();
    session.close();
    expect(() => session.observe(Int32Array.of(1))).toThrow(DraftSessionClosedError);
    await expect(session.propose(wide)).rejects.toThrow(DraftSessionClosedError);
  });
});
