import { DraftSessionClosedError, InvalidArgumentError, prediction } from '@foretoken/draft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const budget = (depth: number, nodes = depth) => ({ depth, width: 1, nodes, minimumConfidence: 0 });

/** Replays the whole output; every place in the prediction is listed, then ranked. */
function twin(tokens: readonly number[], output: readonly number[], match: number, depth: number): number[] {
  let position = 0;
  let following = true;
  for (const [i, token] of output.entries()) {
    if (following && tokens[position] === token) {
      position++;
      continue;
    }
    const tail = output.slice(0, i + 1).slice(-match);
    const ends = [...Array(tokens.length + 1).keys()].filter(
      (end) => end >= match && tokens.slice(end - match, end).join() === tail.join(),
    );
    const behind = ends.filter((end) => end > position);
    const best = behind[0] ?? ends.filter((end) => end <= position).at(-1);
    following = best !== undefined;
    position = best ?? position;
  }
  return following ? tokens.slice(position, position + depth) : [];
}

describe('prediction', () => {
  it('proposes what a full replay finds, for any output in any steps', async () => {
    const tokens = fc.array(fc.nat(3), { minLength: 1, maxLength: 20 });
    const parts = fc.array(fc.array(fc.nat(3), { maxLength: 5 }), { maxLength: 8 });
    const small = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(tokens, parts, small, small, async (expected, steps, resumeMatch, depth) => {
        const session = prediction({ tokens: Int32Array.from(expected), resumeMatch }).open(Int32Array.of(9));
        const output: number[] = [];
        for (const part of steps) {
          session.observe(Int32Array.from(part));
          output.push(...part);
          const tree = await session.propose(budget(depth));
          expect([...(tree?.tokens ?? [])]).toEqual(twin(expected, output, resumeMatch, depth));
          if (tree) expect([...tree.parents]).toEqual([...tree.tokens.keys()].map((i) => i - 1));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('resumes after a replacement, an insertion and a deletion', async () => {
    const drafter = prediction({ tokens: Int32Array.of(1, 2, 3, 4, 5, 6, 7) });
    for (const output of [
      [1, 20, 3, 4],
      [1, 20, 21, 22, 3, 4],
      [1, 3, 4],
    ]) {
      const session = drafter.open(new Int32Array(0));
      session.observe(Int32Array.from(output));
      expect([...(await session.propose(budget(9)))!.tokens]).toEqual([5, 6, 7]);
    }
  });

  it('stays within the budget and ends with the prediction', async () => {
    const session = prediction({ tokens: Int32Array.of(1, 2, 3) }).open(new Int32Array(0));
    expect((await session.propose(budget(3, 2)))?.tokens).toHaveLength(2);
    expect(await session.propose(budget(0))).toBeUndefined();
    session.observe(Int32Array.of(1, 2, 3));
    expect(await session.propose(budget(3))).toBeUndefined();
  });

  it('refuses options and uses that make no sense', async () => {
    const tokens = Int32Array.of(1);
    expect(() => prediction({ tokens: new Int32Array(0) })).toThrow(InvalidArgumentError);
    expect(() => prediction({ tokens: Int32Array.of(-1) })).toThrow(InvalidArgumentError);
    expect(() => prediction({ tokens, resumeMatch: 0 })).toThrow(InvalidArgumentError);
    const session = prediction({ tokens }).open(tokens);
    session.close();
    session.close();
    expect(() => session.observe(tokens)).toThrow(DraftSessionClosedError);
    await expect(session.propose(budget(1))).rejects.toThrow(DraftSessionClosedError);
  });
});
