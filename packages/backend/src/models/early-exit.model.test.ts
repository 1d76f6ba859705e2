import { InvalidArgumentError } from '@foretoken/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES } from './families/index.js';
import type { TensorLanguageModel } from './tensor-language-model.js';
import { randomModel } from './testing/random-model.js';

const prompt = Int32Array.of(3, 14, 15, 92, 65);
const guesses = Int32Array.of(35, 89, 79);

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

describe.each(FAMILIES.map(({ name }) => name))('early exit of %s', (family) => {
  describe.each(['fused', 'graph', 'eager'] as const)('on the %s executor', (executor) => {
    let whole: TensorLanguageModel;
    let firstLayers: TensorLanguageModel;
    beforeAll(async () => {
      whole = await randomModel(family, { executor, layers: 3, exitLayers: [1, 2] });
      // Weights are drawn by name: a model of two layers is the first two layers of the other.
      firstLayers = await randomModel(family, { executor, layers: 2 });
    });
    afterAll(() => {
      whole.close();
      firstLayers.close();
    });

    it('scores as a model of these layers alone, step by step and at once, and leaves the whole model as it was', async () => {
      const [sequence, short, untouched] = [whole.openSequence(), firstLayers.openSequence(), whole.openSequence()];
      for (const target of [sequence, short, untouched]) {
        const model = target === short ? firstLayers : whole;
        await model.forward([{ sequence: target, tokens: prompt, want: 'none' }]);
        target.commit([...prompt.keys()]);
      }
      const expected = (await firstLayers.forward([{ sequence: short, tokens: guesses, want: 'all' }])).scores[0]!;
      for (const [ahead, token] of guesses.entries()) {
        const scores = await whole.forwardEarly({ sequence, layers: 2, tokens: Int32Array.of(token), ahead });
        expect(largestDifference(scores.row(0), expected.row(ahead))).toBeLessThan(1e-3);
        expect(scores.argmax()[0]).toBe(expected.argmax()[ahead]);
      }
      const atOnce = await whole.forwardEarly({ sequence, layers: 2, tokens: guesses, ahead: 0 });
      for (const row of guesses.keys()) {
        expect(largestDifference(atOnce.row(row), expected.row(row))).toBeLessThan(1e-3);
      }
      await whole.forwardEarly({ sequence, layers: 1, tokens: guesses, ahead: 3 });
      expect(sequence.length).toBe(prompt.length);

      const parents = Int32Array.of(-1, 0, 0);
      const plain = (await whole.forward([{ sequence: untouched, tokens: guesses, parents, want: 'all' }])).scores[0]!;
      const rows = [0, 1, 2].map((row) => plain.row(row));
      const after = (await whole.forward([{ sequence, tokens: guesses, parents, want: 'all' }])).scores[0]!;
      for (const [row, logits] of rows.entries()) expect(largestDifference(after.row(row), logits)).toBeLessThan(1e-3);
      sequence.commit([0, 2]);
      expect(sequence.length).toBe(prompt.length + 2);
      for (const target of [sequence, short, untouched]) target.close();
    });

    it('refuses layers it was not loaded for, odd distances, foreign sequences and a full cache', async () => {
      const sequence = whole.openSequence();
      const foreign = firstLayers.openSequence();
      const tokens = Int32Array.of(1);
      await expect(whole.forwardEarly({ sequence, layers: 3, tokens, ahead: 0 })).rejects.toThrow(/1, 2/);
      await expect(whole.forwardEarly({ sequence, layers: 1, tokens, ahead: -1 })).rejects.toThrow(
        InvalidArgumentError,
      );
      await expect(whole.forwardEarly({ sequence: foreign, layers: 1, tokens, ahead: 0 })).rejects.toThrow(/another/);
      await expect(whole.forwardEarly({ sequence, layers: 1, tokens, ahead: 64 })).rejects.toMatchObject({
        code: 'kv-capacity',
      });
      sequence.close();
      foreign.close();
    });
  });
});

describe('topK', () => {
  it.each(['fused', 'graph', 'eager'] as const)(
    'gives each row’s highest logits on the %s executor',
    async (executor) => {
      const model = await randomModel('llama', { executor });
      const sequence = model.openSequence();
      const { scores } = await model.forward([{ sequence, tokens: prompt, want: 'all' }]);
      for (const row of prompt.keys()) {
        const logits = [...scores[0]!.row(row)];
        const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
        for (const k of [1, 4, 96, 1000]) {
          const best = scores[0]!.topK(row, k);
          expect([...best.tokens]).toEqual(order.slice(0, k));
          expect([...best.logits]).toEqual(order.slice(0, k).map((token) => logits[token]));
        }
        expect(scores[0]!.argmax()[row]).toBe(order[0]);
      }
      expect(() => scores[0]!.topK(0, 0)).toThrow(InvalidArgumentError);
      expect(() => scores[0]!.topK(5, 1)).toThrow(InvalidArgumentError);
      model.close();
    },
  );
});
