import { DraftSessionClosedError, InvalidArgumentError, promptLookup } from '@foretoken/draft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const budget = (depth: number, nodes = depth) => ({ depth, width: 1, nodes, minimumConfidence: 0 });

/** Prompt lookup as first published: search the whole text, longest n-gram first, newest occurrence first. */
function twin(text: readonly number[], minimum: number, maximum: number, count: number): number[] | undefined {
  for (let n = Math.min(maximum, text.length - 1); n >= minimum; n--) {
    const suffix = text.slice(-n).join();
    for (let start = text.length - n - 1; start >= 0; start--) {
      if (text.slice(start, start + n).join() !== suffix) continue;
      const copied = [...text];
      for (let i = 0; i < count; i++) copied.push(copied[start + n + i]!);
      return copied.slice(text.length);
    }
  }
  return undefined;
}

describe('promptLookup', () => {
  it('proposes exactly what a full search finds, for any text grown in any steps', async () => {
    const steps = fc.array(fc.array(fc.nat(3), { maxLength: 12 }), { maxLength: 8 });
    const bounds = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(3));
    await fc.assert(
      fc.asyncProperty(steps, bounds, fc.integer({ min: 1, max: 9 }), async (parts, [minimum, more], depth) => {
        const text: number[] = [];
        const session = promptLookup({ minimumMatch: minimum, maximumMatch: minimum + more }).open(new Int32Array(0));
        for (const part of parts) {
          session.observe(Int32Array.from(part));
          text.push(...part);
          const tree = await session.propose(budget(depth));
          expect(tree && [...tree.tokens]).toEqual(twin(text, minimum, minimum + more, depth));
          if (tree) expect([...tree.parents]).toEqual([...tree.tokens.keys()].map((i) => i - 1));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('prefers the longer match, then the newer one', async () => {
    const session = promptLookup({ minimumMatch: 1, maximumMatch: 3 }).open(
      Int32Array.of(1, 2, 3, 70, 9, 3, 71, 1, 2, 3, 72, 8, 3, 73, 1, 2, 3),
    );
    expect((await session.propose(budget(1)))?.tokens[0]).toBe(72);
    session.observe(Int32Array.of(4, 3));
    expect((await session.propose(budget(1)))?.tokens[0]).toBe(4);
  });

  it('fills the depth from a short period', async () => {
    const session = promptLookup().open(Int32Array.of(1, 2, 3, 1, 2, 3));
    expect([...(await session.propose(budget(7)))!.tokens]).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });

  it('stays within depth and nodes, and proposes nothing for an empty budget', async () => {
    const session = promptLookup().open(Int32Array.of(1, 2, 3, 1, 2));
    expect((await session.propose(budget(5, 2)))?.tokens).toHaveLength(2);
    expect((await session.propose(budget(2, 9)))?.tokens).toHaveLength(2);
    expect(await session.propose(budget(0))).toBeUndefined();
  });

  it('serves sessions that know nothing of each other', async () => {
    const drafter = promptLookup();
    const one = drafter.open(Int32Array.of(1, 2, 3, 1, 2));
    const other = drafter.open(Int32Array.of(1, 2));
    one.close();
    expect(await other.propose(budget(3))).toBeUndefined();
  });

  it('refuses options, tokens and uses that make no sense', async () => {
    expect(() => promptLookup({ minimumMatch: 0 })).toThrow(InvalidArgumentError);
    expect(() => promptLookup({ minimumMatch: 3, maximumMatch: 2 })).toThrow(InvalidArgumentError);
    expect(() => promptLookup({ maximumMatch: 2.5 })).toThrow(InvalidArgumentError);
    expect(() => promptLookup().open(Int32Array.of(-1))).toThrow(InvalidArgumentError);
    const session = promptLookup().open(Int32Array.of(1));
    session.close();
    session.close();
    expect(() => session.observe(Int32Array.of(1))).toThrow(DraftSessionClosedError);
    await expect(session.propose(budget(1))).rejects.toThrow(DraftSessionClosedError);
  });
});
