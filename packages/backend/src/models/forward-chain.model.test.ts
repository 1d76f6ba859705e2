import type { ChainInput, Sequence } from '@foretoken/core';
import { KvCapacityError, StaleScoresError } from '@foretoken/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadedModel, loadModel } from './load-model.js';
import { referencePrompts } from './testing/reference.js';

const OPTIONS = { device: 'cpu', executor: 'fused', slots: 3, contextLength: 256 } as const;
const prompts = referencePrompts().map(({ promptTokens }) => Int32Array.from(promptTokens));

let loaded: LoadedModel;
let small: LoadedModel;

beforeAll(async () => {
  loaded = await loadModel('smollm2-135m-instruct', OPTIONS);
  small = await loadModel('smollm2-135m-instruct', { ...OPTIONS, chainTokens: 8000 });
});

afterAll(() => {
  loaded.close();
  small.close();
});

async function chain(inputs: readonly Omit<ChainInput, 'sequence'>[], from = loaded, keep?: (each: Sequence) => void) {
  const own = inputs.map((input) => ({ ...input, sequence: from.model.openSequence() }));
  try {
    const guessed = await from.model.forwardChain!(own);
    for (const { sequence } of own) keep?.(sequence);
    return guessed;
  } finally {
    for (const { sequence } of own) sequence.close();
  }
}

/** Pass by pass, with whole rows: the plain twin. */
async function plainChain(tokens: Int32Array, most: number, allowed: (token: number) => boolean) {
  const { model } = loaded;
  const sequence = model.openSequence();
  const guesses: number[] = [];
  const confidences: number[] = [];
  let next = tokens;
  while (guesses.length < most) {
    const { scores } = await model.forward([{ sequence, tokens: next, want: 'last' }]);
    const row = scores[0]!.row(0).map((logit, token) => (allowed(token) ? logit : Number.NEGATIVE_INFINITY));
    sequence.commit([...next.keys()]);
    const best = row.reduce((highest, logit, token) => (logit > row[highest]! ? token : highest), 0);
    guesses.push(best);
    confidences.push(1 / row.reduce((sum, logit) => sum + Math.exp(logit - row[best]!), 0));
    next = Int32Array.of(best);
  }
  sequence.close();
  return { guesses, confidences };
}

function everyFourthBeginning(prompt: Int32Array): Int32Array[] {
  return Array.from({ length: prompt.length >> 2 }, (_, index) => prompt.slice(0, 4 * (index + 1)));
}

it('guesses much the same with weights rounded to 4 bits', async () => {
  const rounded = await loadModel('smollm2-135m-instruct', { ...OPTIONS, draftFormat: 'Q4_0' });
  try {
    let [same, all] = [0, 0];
    for (const tokens of prompts.flatMap(everyFourthBeginning)) {
      const input = { tokens, most: 1, minimumConfidence: 0 };
      const [[whole], [own]] = [await chain([input]), await chain([input], rounded)];
      same += whole!.tokens[0] === own!.tokens[0] ? 1 : 0;
      all++;
      // Other weights, so that it is known that they were rounded.
      expect(own!.confidences[0]).not.toBe(whole!.confidences[0]);
    }
    // Of all beginnings, 58 % were the same.
    expect(same / all).toBeGreaterThan(0.45);
  } finally {
    rounded.close();
  }
});

describe('a greedy chain', () => {
  it('guesses what passes one by one give, with their probabilities, alone and beside others', async () => {
    const inputs = prompts.slice(0, 3).map((tokens, i) => ({ tokens, most: 3 + 2 * i, minimumConfidence: 0 }));
    const together = await chain(inputs);
    for (const [index, input] of inputs.entries()) {
      const { guesses, confidences } = await plainChain(input.tokens, input.most, () => true);
      const [alone] = await chain([input]);
      for (const guessed of [together[index]!, alone!]) {
        expect([...guessed.tokens]).toEqual(guesses);
        expect([...guessed.candidates]).toEqual(guesses);
        for (const [i, confidence] of confidences.entries()) expect(guessed.confidences[i]).toBeCloseTo(confidence, 3);
        expect(guessed.pending).toBe(input.tokens.length + input.most - 1);
      }
    }
  });

  it('gives the likeliest tokens with each guess, with their probabilities among all', async () => {
    const [tokens] = prompts;
    const input = { tokens: tokens!, most: 3, minimumConfidence: 0 };
    const [[guessed], [plain]] = [await chain([{ ...input, alternatives: 4 }]), await chain([input])];
    expect(guessed!.tokens).toEqual(plain!.tokens);
    expect(guessed!.confidences).toEqual(plain!.confidences);
    const { model } = loaded;
    const sequence = model.openSequence();
    const { scores } = await model.forward([
      { sequence, tokens: Int32Array.of(...tokens!, ...guessed!.tokens), want: 'all' },
    ]);
    for (let guess = 0; guess < 3; guess++) {
      const at = tokens!.length - 1 + guess;
      const { tokens: best, logits } = scores[0]!.topK(at, 4);
      const sum = scores[0]!.row(at).reduce((total, logit) => total + Math.exp(logit - logits[0]!), 0);
      expect(guessed!.candidates.slice(4 * guess, 4 * guess + 4)).toEqual(best);
      for (const [i, logit] of logits.entries()) {
        expect(guessed!.probabilities[4 * guess + i]).toBeCloseTo(Math.exp(logit - logits[0]!) / sum, 3);
      }
    }
    sequence.close();
  });

  it('stops with the guess of which it is less sure than asked for, with those before in the cache', async () => {
    const [tokens] = prompts;
    const { guesses, confidences } = await plainChain(tokens!, 8, () => true);
    let product = 1;
    const products = confidences.map((confidence) => (product *= confidence));
    const minimumConfidence = (products[3]! + products[4]!) / 2;
    const [guessed] = await chain([{ tokens: tokens!, most: 8, minimumConfidence }], loaded, (sequence) => {
      sequence.commit(Array.from({ length: tokens!.length + 4 }, (_, i) => i));
    });
    expect([...guessed!.tokens]).toEqual(guesses.slice(0, 5));
    expect(guessed!.pending).toBe(tokens!.length + 4);
    const [first] = await chain([{ tokens: tokens!, most: 8, minimumConfidence: 1 }]);
    expect(first).toMatchObject({ tokens: Int32Array.from(guesses.slice(0, 1)), pending: tokens!.length });
  });

  it('leaves a cache that goes on like one that was fed token by token, and makes earlier scores stale', async () => {
    const { model } = loaded;
    const [tokens] = prompts;
    const sequence = model.openSequence();
    const { scores: old } = await model.forward([{ sequence, tokens: tokens!.slice(0, 1), want: 'last' }]);
    const [guessed] = await model.forwardChain!([{ sequence, tokens: tokens!, most: 4, minimumConfidence: 0 }]);
    expect(() => old[0]!.row(0)).toThrow(StaleScoresError);
    sequence.commit(Array.from({ length: guessed!.pending }, (_, i) => i));
    const { scores } = await model.forward([{ sequence, tokens: guessed!.tokens.slice(3), want: 'last' }]);
    const next = scores[0]!.argmax()[0];
    sequence.close();
    const { guesses } = await plainChain(tokens!, 5, () => true);
    expect(next).toBe(guesses[4]);
  });

  it('ends where the context does, and refuses what does not fit or is no number of guesses', async () => {
    const tokens = Int32Array.from({ length: 254 }, (_, i) => 1 + (i % 50));
    const [guessed] = await chain([{ tokens, most: 8, minimumConfidence: 0 }]);
    expect(guessed!.tokens).toHaveLength(3);
    expect(guessed!.pending).toBe(256);
    const tooLong = { tokens: new Int32Array(257), most: 1, minimumConfidence: 0 };
    await expect(chain([tooLong])).rejects.toThrow(KvCapacityError);
    await expect(chain([{ ...tooLong, tokens, most: 0 }])).rejects.toThrow('most must be a whole number above 0');
  });
});

it('guesses among the first tokens and the special ones only when loaded so, and scores all as before', async () => {
  const { tokenizer } = small;
  const allowed = (token: number) => token < 8000 || tokenizer.isSpecial(token);
  const inputs = prompts.slice(0, 3).map((tokens) => ({ tokens, most: 6, minimumConfidence: 0 }));
  const guessed = await chain(inputs, small);
  for (const [index, { tokens }] of inputs.entries()) {
    const twin = await plainChain(tokens, 6, allowed);
    expect([...guessed[index]!.tokens]).toEqual(twin.guesses);
    for (const [i, value] of twin.confidences.entries()) expect(guessed[index]!.confidences[i]).toBeCloseTo(value, 3);
  }
  const rows = await Promise.all(
    [loaded, small].map(async ({ model }) => {
      const sequence = model.openSequence();
      const { scores } = await model.forward([{ sequence, tokens: prompts[0]!, want: 'last' }]);
      const row = scores[0]!.row(0);
      sequence.close();
      return row;
    }),
  );
  expect(rows[1]).toEqual(rows[0]);
});

it('draws by the given numbers from the cut and tempered candidates', async () => {
  const [tokens] = prompts;
  const { model } = loaded;
  const sequence = model.openSequence();
  const { scores } = await model.forward([{ sequence, tokens: tokens!, want: 'last' }]);
  const row = scores[0]!.row(0);
  const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, 12);
  const sum = row.reduce((total, logit) => total + Math.exp(logit - row[order[0]!]!), 0);
  sequence.close();
  const cut = { topP: 0.8, minP: 0.05 };
  let before = 0;
  const weights = order.map((token, i) => {
    const weight = Math.exp(row[token]! - row[order[0]!]!);
    const kept = i === 0 || (before < cut.topP * sum && weight >= cut.minP);
    before += weight;
    return kept ? weight ** (1 / 0.7) : 0;
  });
  const total = weights.reduce((a, b) => a + b, 0);
  const draw = (uniform: number) => ({ candidates: 12, temperature: 0.7, ...cut, uniforms: Float32Array.of(uniform) });
  let mass = 0;
  for (const [place, weight] of weights.entries()) {
    if (weight === 0) continue;
    const middle = (mass + weight / 2) / total;
    mass += weight;
    const [guessed] = await chain([{ tokens: tokens!, most: 1, minimumConfidence: 0, draw: draw(middle) }]);
    expect(guessed!.tokens[0]).toBe(order[place]);
    expect([...guessed!.candidates]).toEqual(order);
    for (const [i, each] of weights.entries()) expect(guessed!.probabilities[i]).toBeCloseTo(each / total, 3);
    expect(guessed!.confidences[0]).toBeCloseTo(weights[0]! / total, 3);
  }
});
