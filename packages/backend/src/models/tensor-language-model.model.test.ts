import type { LanguageModel, Scores, Sequence } from '@foretoken/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES } from './families/index.js';
import { randomModel, smallConfiguration } from './testing/random-model.js';

const TOLERANCE = 1e-3;
const { vocabularySize, contextLength } = smallConfiguration('llama');

const token = fc.integer({ min: 0, max: vocabularySize - 1 });
/** A random tree of 1-24 nodes: parents[i] is drawn from -1 .. i - 1. */
const tree = fc.array(fc.tuple(token, fc.nat()), { minLength: 1, maxLength: 24 }).map((nodes) => ({
  tokens: Int32Array.from(nodes, ([id]) => id),
  parents: Int32Array.from(nodes, ([, draw], index) => (draw % (index + 1)) - 1),
}));

async function feed(model: LanguageModel, sequence: Sequence, tokens: readonly number[]): Promise<Scores> {
  const output = await model.forward([{ sequence, tokens: Int32Array.from(tokens), want: 'all' }]);
  sequence.commit(tokens.map((_, index) => index));
  return output.scores[0]!;
}

function pathTo(parents: Int32Array, node: number): number[] {
  const path: number[] = [];
  for (let at = node; at >= 0; at = parents[at]!) path.unshift(at);
  return path;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

describe.each(FAMILIES.map(({ name }) => name))('%s', (family) => {
  describe.each(['fused', 'graph', 'eager'] as const)('%s executor', (executor) => {
    let model: LanguageModel;
    beforeAll(async () => {
      model = await randomModel(family, { executor, slots: 9 });
    });
    afterAll(() => model.close());

    async function withSequence<R>(run: (sequence: Sequence) => Promise<R>): Promise<R> {
      const sequence = model.openSequence();
      try {
        return await run(sequence);
      } finally {
        sequence.close();
      }
    }

    it('scores a tree as it scores each path by itself, and goes on from any committed path', async () => {
      const prompts = fc.array(token, { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(
          prompts,
          tree,
          fc.nat(),
          fc.nat(),
          token,
          async (prompt, { tokens, parents }, pick, cut, next) => {
            await withSequence(async (sequence) => {
              await feed(model, sequence, prompt);
              const { scores } = await model.forward([{ sequence, tokens, parents, want: 'all' }]);
              const rows = Array.from(tokens, (_, node) => scores[0]!.row(node));
              for (let node = 0; node < tokens.length; node++) {
                const path = pathTo(parents, node).map((index) => tokens[index]!);
                const alone = await withSequence(async (fresh) => {
                  const all = await feed(model, fresh, [...prompt, ...path]);
                  return all.row(prompt.length + path.length - 1);
                });
                expect(largestDifference(rows[node]!, alone)).toBeLessThan(TOLERANCE);
              }
              await model.forward([{ sequence, tokens, parents, want: 'all' }]);
              const path = pathTo(parents, pick % tokens.length);
              sequence.commit(path);
              let text = [...prompt, ...path.map((node) => tokens[node]!)];
              expect(sequence.length).toBe(text.length);
              const kept = 1 + (cut % text.length);
              sequence.truncate(kept);
              text = text.slice(0, kept);
              const after = (await feed(model, sequence, [next])).row(0);
              const replay = await withSequence(async (fresh) => (await feed(model, fresh, [...text, next])).row(kept));
              expect(largestDifference(after, replay)).toBeLessThan(TOLERANCE);
            });
          },
        ),
        { numRuns: executor === 'eager' ? 15 : 60, seed: 7 },
      );
    });

    it('scores 8 sequences of different lengths together as it scores each alone', async () => {
      const texts = Array.from({ length: 8 }, (_, i) =>
        Array.from({ length: 2 + 3 * i }, (_, j) => (i * 31 + j * 7) % vocabularySize),
      );
      const heads = texts.map((text) => text.slice(0, Math.floor(text.length / 2)));
      const sequences = texts.map(() => model.openSequence());
      try {
        for (const [index, sequence] of sequences.entries()) await feed(model, sequence, heads[index]!);
        const { scores } = await model.forward(
          sequences.map((sequence, index) => ({
            sequence,
            tokens: Int32Array.from(texts[index]!.slice(heads[index]!.length)),
            want: index % 2 === 0 ? ('all' as const) : ('last' as const),
          })),
        );
        const together = scores.map((score) => score.row(score.rows - 1));
        for (const [index, text] of texts.entries()) {
          const alone = await withSequence(async (fresh) => (await feed(model, fresh, text)).row(text.length - 1));
          expect(largestDifference(together[index]!, alone)).toBeLessThan(TOLERANCE);
        }
      } finally {
        for (const sequence of sequences) sequence.close();
      }
    });

    it('forks a sequence into an independent one', async () => {
      await withSequence(async (sequence) => {
        await feed(model, sequence, [5, 6, 7]);
        const fork = sequence.fork();
        await feed(model, sequence, [1, 2]);
        const forked = (await feed(model, fork, [9])).row(0);
        fork.close();
        const replay = await withSequence(async (fresh) => (await feed(model, fresh, [5, 6, 7, 9])).row(3));
        expect(largestDifference(forked, replay)).toBeLessThan(TOLERANCE);
      });
    });

    it('forks the first tokens of a sequence', async () => {
      await withSequence(async (sequence) => {
        await feed(model, sequence, [5, 6, 7]);
        const fork = sequence.fork(2);
        expect(fork.length).toBe(2);
        const forked = (await feed(model, fork, [9])).row(0);
        expect(() => fork.fork(4)).toThrow('fork');
        fork.close();
        const replay = await withSequence(async (fresh) => (await feed(model, fresh, [5, 6, 9])).row(2));
        expect(largestDifference(forked, replay)).toBeLessThan(TOLERANCE);
      });
    });

    it('lets the event loop turn with every forward, so that a timer can abort a generation', async () => {
      await withSequence(async (sequence) => {
        let turned = false;
        setImmediate(() => {
          turned = true;
        });
        await model.forward([{ sequence, tokens: Int32Array.of(1), want: 'none' }]);
        expect(turned).toBe(true);
      });
    });

    it('refuses what does not fit, with typed errors', async () => {
      await withSequence(async (sequence) => {
        const forward = (tokens: number[], parents?: number[]) =>
          model.forward([
            {
              sequence,
              tokens: Int32Array.from(tokens),
              want: 'all',
              ...(parents ? { parents: Int32Array.from(parents) } : {}),
            },
          ]);
        await expect(forward(Array(contextLength + 1).fill(1))).rejects.toMatchObject({ code: 'kv-capacity' });
        await expect(forward([vocabularySize])).rejects.toMatchObject({ code: 'invalid-argument' });
        await expect(forward([])).rejects.toMatchObject({ code: 'invalid-argument' });
        await expect(forward([1, 2], [-1, 1])).rejects.toMatchObject({ code: 'invalid-argument' });
        const { scores } = await forward([1, 2, 3], [-1, 0, 0]);
        expect(() => sequence.commit([0, 1, 2])).toThrow(/no path/);
        sequence.commit([0, 2]);
        await forward([4]);
        expect(() => scores[0]!.argmax()).toThrow(expect.objectContaining({ code: 'stale-scores' }));
        sequence.close();
        expect(() => sequence.truncate(0)).toThrow(expect.objectContaining({ code: 'closed' }));
        sequence.close();
        const open = Array.from({ length: 9 }, () => model.openSequence());
        expect(() => model.openSequence()).toThrow(expect.objectContaining({ code: 'kv-capacity' }));
        for (const each of open) each.close();
      });
    });
  });

  it('gives the same logits on every executor', async () => {
    const text = Int32Array.from({ length: 20 }, (_, index) => (index * 37) % vocabularySize);
    const rows: Float32Array[][] = [];
    for (const executor of ['fused', 'graph', 'eager'] as const) {
      const model = await randomModel(family, { executor });
      const sequence = model.openSequence();
      const { scores } = await model.forward([{ sequence, tokens: text, want: 'all' }]);
      rows.push(Array.from(text, (_, index) => scores[0]!.row(index)));
      expect([...scores[0]!.argmax()]).toEqual(rows.at(-1)!.map((row) => row.indexOf(Math.max(...row))));
      model.close();
    }
    for (const others of rows.slice(1)) {
      for (const [index, row] of rows[0]!.entries()) expect(largestDifference(row, others[index]!)).toBeLessThan(1e-4);
    }
  });
});
