import { type DraftTree, validateDraftTree } from '@foretoken/core';
import { InvalidArgumentError, promptLookup } from '@foretoken/draft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const wide = { depth: 4, width: 3, nodes: 12, minimumConfidence: 0 };

const pathsOf = ({ tokens, parents }: DraftTree): number[][] => {
  const paths: number[][] = [];
  for (const [node, token] of tokens.entries()) paths.push([...(paths[parents[node]!] ?? []), token]);
  return paths;
};

/** Probability of each node's whole path. */
const probabilitiesOf = ({ parents, confidences }: DraftTree): number[] => {
  const products: number[] = [];
  for (const [node, confidence] of confidences!.entries()) products.push((products[parents[node]!] ?? 1) * confidence);
  return products;
};

/** How the text goes on behind every earlier occurrence of its last `minimum` tokens. */
function continuations(text: readonly number[], minimum: number, depth: number): string[] {
  const found: string[] = [];
  for (let end = minimum; end < text.length; end++) {
    if (text.slice(end - minimum, end).join() !== text.slice(-minimum).join()) continue;
    const copied = [...text];
    for (let i = 0; i < depth; i++) copied.push(copied[end + i]!);
    found.push(copied.slice(text.length).join());
  }
  return found;
}

describe('promptLookup with a budget wider than one', () => {
  const texts = fc.array(fc.nat(3), { minLength: 1, maxLength: 60 });
  const budgets = fc.record({
    depth: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 4 }),
    nodes: fc.integer({ min: 1, max: 16 }),
    minimumConfidence: fc.constantFrom(0, 0.1, 0.4, 0.8),
  });

  it('proposes valid trees of real continuations, the newest among them, likeliest nodes first', async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        texts,
        budgets,
        fc.integer({ min: 1, max: 5 }),
        async (prompt, output, budget, candidates) => {
          const open = () => {
            const session = promptLookup({ minimumMatch: 1, candidates }).open(Int32Array.from(prompt));
            session.observe(Int32Array.from(output));
            return session;
          };
          const tree = await open().propose(budget);
          expect(await open().propose(budget)).toEqual(tree);
          const everything = await open().propose({ ...budget, nodes: 1000, minimumConfidence: 0 });
          if (tree === undefined) {
            expect(everything === undefined || probabilitiesOf(everything)[0]! < budget.minimumConfidence + 1e-6).toBe(
              true,
            );
            return;
          }
          validateDraftTree(tree, { vocabularySize: 4, budget });
          const probabilities = probabilitiesOf(tree);
          for (const [i, probability] of probabilities.entries()) {
            expect(probability).toBeGreaterThanOrEqual(budget.minimumConfidence - 1e-6);
            if (i > 0) expect(probability).toBeLessThanOrEqual(probabilities[i - 1]! + 1e-6);
          }
          const known = continuations([...prompt, ...output], 1, budget.depth);
          const paths = pathsOf(tree).map((path) => path.join());
          expect(new Set(paths).size).toBe(paths.length);
          for (const path of paths) expect(known.some((other) => `${other},`.startsWith(`${path},`))).toBe(true);
          const chain = await open().propose({ ...budget, width: 1, minimumConfidence: 0 });
          expect(pathsOf(everything!)).toContainEqual([...chain!.tokens].slice(0, 1));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('spends a node budget on the likeliest nodes of the tree that it would propose without one', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 3, max: 10 }), async (text, nodes) => {
        const session = promptLookup({ minimumMatch: 1 }).open(Int32Array.from(text));
        const all = await session.propose({ ...wide, depth: 3, nodes: 1000 });
        const some = await session.propose({ ...wide, depth: 3, nodes });
        expect(some?.tokens).toEqual(all?.tokens.slice(0, nodes));
        expect(some?.parents).toEqual(all?.parents.slice(0, nodes));
      }),
    );
  });

  it('offers older continuations beside the newest, then those of shorter matches', async () => {
    const prompt = Int32Array.of(3, 50, 0, 1, 2, 3, 60, 0, 1, 2, 3, 70, 0, 1, 2, 3);
    const tree = await promptLookup({ minimumMatch: 1 })
      .open(prompt)
      .propose({ ...wide, depth: 1 });
    expect([...tree!.tokens].sort()).toEqual([50, 60, 70]);
    const two = await promptLookup({ minimumMatch: 1, candidates: 2 })
      .open(prompt)
      .propose({ ...wide, depth: 1 });
    expect([...two!.tokens].sort()).toEqual([60, 70]);
  });

  it('lets continuations share their first tokens', async () => {
    const tree = await promptLookup()
      .open(Int32Array.of(1, 2, 5, 6, 9, 1, 2, 5, 7, 8, 1, 2))
      .propose({ ...wide, depth: 2 });
    expect(pathsOf(tree!).sort()).toEqual([[5], [5, 6], [5, 7]]);
  });

  it('refuses a number of candidates that makes no sense', () => {
    expect(() => promptLookup({ candidates: 0 })).toThrow(InvalidArgumentError);
    expect(() => promptLookup({ candidates: 1.5 })).toThrow(InvalidArgumentError);
  });
});

describe("promptLookup's confidences", () => {
  const first = async (text: readonly number[], output: readonly number[] = []): Promise<number> => {
    const session = promptLookup().open(Int32Array.from(text));
    session.observe(Int32Array.from(output));
    return (await session.propose({ ...wide, width: 1 }))!.confidences![0]!;
  };

  it('are greater for longer matches, and for occurrences that agree', async () => {
    const short = await first([8, 1, 2, 5, 9, 1, 2]);
    expect(await first([0, 1, 2, 3, 4, 5, 6, 7, 9, 0, 1, 2, 3, 4, 5, 6])).toBeGreaterThan(short);
    expect(await first([8, 1, 2, 5, 9, 1, 2, 5, 7, 1, 2])).toBeGreaterThan(short);
    expect(await first([8, 1, 2, 5, 9, 1, 2, 6, 7, 1, 2])).toBeLessThan(short);
  });

  it('grow along a chain, as the guesses before a node lengthen its match', async () => {
    const tree = await promptLookup()
      .open(Int32Array.of(1, 2, 3, 4, 5, 6, 9, 1, 2))
      .propose({ ...wide, width: 1 });
    const confidences = [...tree!.confidences!];
    expect([...confidences].sort()).toEqual(confidences);
    expect(confidences[3]).toBeGreaterThan(confidences[0]!);
  });

  it('follow what became of such matches, guessed or not', async () => {
    const prompt: number[] = [];
    for (let i = 0; i < 20; i++) prompt.push(100 + i, 200 + i, 300 + i);
    const pairs = (third: (i: number) => number) => Array.from({ length: 19 }, (_, i) => [100 + i, 200 + i, third(i)]);
    const copied = [...pairs((i) => 300 + i).flat(), 119, 219];
    // The numbers between the pairs keep the match at two tokens.
    const departed = [...pairs((i) => 400 + i).flat(), 119, 219];
    const unseen = await first(prompt, [119, 219]);
    expect(await first(prompt, departed)).toBeLessThan(unseen / 2);
    expect(await first(prompt, copied)).toBeGreaterThan(unseen);
  });

  it('learn of occurrences that disagree apart from single ones', async () => {
    const split = [8, 1, 2, 5, 9, 1, 2, 6, 7];
    const departures = Array.from({ length: 12 }, (_, i) => [1, 2, 20 + i, 40 + i]).flat();
    expect(await first(split, [...departures, 1, 2])).toBeLessThan((await first(split, [1, 2])) * 0.6);
  });

  it('keep a guess below the minimum from being proposed', async () => {
    const text = Int32Array.of(8, 1, 2, 5, 9, 1, 2);
    const confidence = await first([...text]);
    const propose = (minimumConfidence: number) =>
      promptLookup()
        .open(text)
        .propose({ ...wide, minimumConfidence });
    expect(await propose(confidence + 0.01)).toBeUndefined();
    expect((await propose(confidence - 0.01))!.tokens[0]).toBe(5);
  });
});
