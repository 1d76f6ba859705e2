import { createSampler, type SamplerOptions, type TokenConstraint, type TokenId } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The chain again, plain and slow: sort everything, cut, soften. */
function twinDistribution(
  logits: readonly number[],
  options: SamplerOptions,
  output: readonly number[] = [],
): number[] {
  const { temperature = 0, topK = Number.POSITIVE_INFINITY, topP = 1, minP = 0 } = options;
  const {
    repetitionPenalty = 1,
    presencePenalty = 0,
    frequencyPenalty = 0,
    repetitionWindow = Number.POSITIVE_INFINITY,
  } = options;
  const all = [...(options.history ?? []), ...output];
  const recent = all.slice(Math.max(0, all.length - repetitionWindow));
  const bias = options.logitBias instanceof Map ? options.logitBias : new Map<number, number>();
  const adjusted = logits.map((logit, token) => {
    let value = Math.fround(logit) + (bias.get(token) ?? 0);
    if (recent.includes(token)) value = value > 0 ? value / repetitionPenalty : value * repetitionPenalty;
    const count = output.filter((seen) => seen === token).length;
    if (count > 0) value = value - presencePenalty - count * frequencyPenalty;
    return Math.fround(value);
  });
  let kept = adjusted.map((logit, token) => ({ logit, token })).sort((a, b) => b.logit - a.logit || a.token - b.token);
  const highest = kept[0]!.logit;
  const weigh = (logit: number): number => Math.exp(logit - highest);
  if (temperature === 0) kept = kept.slice(0, 1);
  kept = kept.slice(0, topK);
  const total = kept.reduce((sum, { logit }) => sum + weigh(logit), 0);
  let reached = 0;
  kept = kept.filter(({ logit }) => {
    const wanted = reached < topP * total;
    reached += weigh(logit);
    return wanted;
  });
  kept = kept.filter(({ logit }) => logit >= highest + Math.log(minP));
  const result = new Array<number>(logits.length).fill(0);
  for (const { logit, token } of kept)
    result[token] = temperature === 0 ? 1 : Math.exp((logit - highest) / temperature);
  const sum = result.reduce((a, b) => a + b, 0);
  return result.map((weight) => weight / sum);
}

const logitsArbitrary = fc.array(
  fc.integer({ min: -40, max: 40 }).map((n) => n / 8),
  { minLength: 1, maxLength: 60 },
);

describe('createSampler: the distribution', () => {
  it('equals a plain twin for any options', () => {
    const optionsArbitrary = fc.record(
      {
        temperature: fc.constantFrom(0, 0.3, 1, 2.5),
        topK: fc.integer({ min: 1, max: 70 }),
        // Not a multiple of any mass the logits can add up to, so that rounding can't decide who is in.
        topP: fc.double({ min: 0.01, max: 0.999, noNaN: true }),
        minP: fc.constantFrom(0, 0.013, 0.37),
        repetitionPenalty: fc.constantFrom(0.8, 1.3),
        repetitionWindow: fc.integer({ min: 1, max: 6 }),
        presencePenalty: fc.constantFrom(-0.5, 0.7),
        frequencyPenalty: fc.constantFrom(-0.2, 0.4),
        history: fc.array(fc.nat(59), { maxLength: 5 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        logitsArbitrary,
        optionsArbitrary,
        fc.array(fc.nat(59), { maxLength: 8 }),
        (logits, options, output) => {
          const sampler = createSampler(options);
          for (const token of output) sampler.accept(token as TokenId);
          const row = Float32Array.from(logits);
          const actual = sampler.distribution(row);
          const expected = twinDistribution(logits, options, output);
          for (let i = 0; i < logits.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5);
          expect(expected[sampler.sample(row)]).toBeGreaterThan(0);
          expect([...row]).toEqual(logits.map(Math.fround));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('finds the nucleus of a vocabulary of 49152 tokens as a full sort does', () => {
    const logits = Array.from(
      { length: 49152 },
      (_, token) => 12 * Math.sin(token * token * 0.37) * Math.cos(token * 0.011),
    );
    for (const options of [{ topP: 0.9 }, { topP: 0.35, minP: 0.2 }, { topK: 40 }, { topK: 300, topP: 0.8 }]) {
      const full = { temperature: 0.8, ...options };
      const actual = createSampler(full).distribution(Float32Array.from(logits));
      const expected = twinDistribution(logits, full);
      expect([...actual].map((p) => p > 0)).toEqual(expected.map((p) => p > 0));
      expect(Math.max(...actual)).toBeCloseTo(Math.max(...expected), 5);
    }
  });

  it('is what sample() draws from (chi-square over positions)', () => {
    const logits = [1, 0.5, 2, -1, 0, 1.5, -3, 0.2];
    const options: SamplerOptions = { temperature: 1.2, topP: 0.95, seed: 2024 };
    const expected = twinDistribution(logits, options);
    const sampler = createSampler(options);
    const counts = new Array<number>(logits.length).fill(0);
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const token = sampler.sample(Float32Array.from(logits));
      counts[token] = counts[token]! + 1;
      sampler.accept(token);
    }
    let chiSquare = 0;
    for (const [token, probability] of expected.entries()) {
      if (probability === 0) expect(counts[token]).toBe(0);
      else chiSquare += (counts[token]! - probability * draws) ** 2 / (probability * draws);
    }
    // 0.999 quantile of chi-square with 5 degrees of freedom (6 tokens are kept).
    expect(expected.filter((p) => p > 0)).toHaveLength(6);
    expect(chiSquare).toBeLessThan(20.52);
  });
});

describe('createSampler: greedy', () => {
  it('takes the highest logit, the lowest id among equals, and says that argmax is enough', () => {
    const sampler = createSampler();
    expect(sampler.needs).toBe('argmax');
    expect(sampler.sample(Float32Array.of(1, 3, 3, -2))).toBe(1);
  });

  it.each<[SamplerOptions, 'argmax' | 'logits']>([
    [{ topK: 5, topP: 0.5, minP: 0.1 }, 'argmax'],
    [{ temperature: 1, topK: 1 }, 'argmax'],
    [{ temperature: 1 }, 'logits'],
    [{ repetitionPenalty: 1.1 }, 'logits'],
    [{ presencePenalty: 0.1 }, 'logits'],
    [{ frequencyPenalty: 0.1 }, 'logits'],
    [{ logitBias: { 3: 1 } }, 'logits'],
    [{ logitBias: new Map() }, 'argmax'],
  ])('%j needs %s', (options, needs) => {
    expect(createSampler(options).needs).toBe(needs);
  });
});

describe('createSampler: penalties, bias, constraint', () => {
  it('counts the history for repetition but not for presence and frequency', () => {
    const logits = Float32Array.of(2, 1.9, -1);
    expect(createSampler({ repetitionPenalty: 2, history: [0] }).sample(logits)).toBe(1);
    expect(createSampler({ presencePenalty: 1, frequencyPenalty: 1, history: [0] }).sample(logits)).toBe(0);
  });

  it('forgets what left the repetition window', () => {
    const logits = Float32Array.of(2, 1.9);
    const sampler = createSampler({ repetitionPenalty: 2, repetitionWindow: 2, history: [0] });
    expect(sampler.sample(logits)).toBe(1);
    sampler.accept(5 as TokenId);
    sampler.accept(5 as TokenId);
    expect(sampler.sample(logits)).toBe(0);
  });

  it('bans with a bias of -Infinity, as a map and as a record', () => {
    const logits = Float32Array.of(1, 5, 2);
    expect(createSampler({ logitBias: new Map([[1, Number.NEGATIVE_INFINITY]]) }).sample(logits)).toBe(2);
    expect(createSampler({ logitBias: { 1: Number.NEGATIVE_INFINITY } }).sample(logits)).toBe(2);
  });

  it('obeys the constraint even against a bias, and advances it by accepted tokens only', () => {
    const sampler = createSampler({ constraint: alternating(), logitBias: { 1: 100 } });
    const logits = Float32Array.of(0, 1, 2, 3);
    expect(sampler.sample(logits)).toBe(2);
    expect(sampler.sample(logits)).toBe(2);
    sampler.accept(2 as TokenId);
    expect(sampler.sample(logits)).toBe(1);
  });
});

describe('createSampler: state', () => {
  it('gives the same tokens for the same seed, whatever was looked at in between', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(fc.nat(3), { maxLength: 20 }), (seed, detours) => {
        const plain = createSampler({ temperature: 1, seed });
        const wandering = createSampler({ temperature: 1, seed });
        for (const detour of detours) {
          const logits = Float32Array.from({ length: 16 }, (_, token) => Math.sin(token * (detour + 1)));
          for (let i = 0; i < detour; i++) {
            const branch = wandering.fork();
            branch.accept(branch.sample(logits));
            branch.random();
            wandering.sample(logits);
            wandering.random();
          }
          const token = plain.sample(logits);
          expect(wandering.sample(logits)).toBe(token);
          plain.accept(token);
          wandering.accept(token);
          expect(wandering.fork().random()).toBe(plain.fork().random());
        }
      }),
    );
  });

  it('forks penalties and constraint: the branches do not touch each other', () => {
    const sampler = createSampler({
      frequencyPenalty: 1,
      repetitionPenalty: 1.5,
      repetitionWindow: 3,
      constraint: alternating(),
    });
    const logits = Float32Array.of(3, 3.2, 2.5, 2.9);
    const before = [...sampler.distribution(logits)];
    const branch = sampler.fork();
    for (const token of [0, 1, 0]) branch.accept(token as TokenId);
    expect([...sampler.distribution(logits)]).toEqual(before);
    sampler.accept(0 as TokenId);
    expect(sampler.sample(logits)).toBe(1);
    expect(branch.sample(logits)).toBe(3);
  });

  it('tells the seed it drew, and repeats a run with it', () => {
    const first = createSampler({ temperature: 1 });
    const again = createSampler({ temperature: 1, seed: first.seed });
    const logits = new Float32Array(1000);
    for (let i = 0; i < 20; i++) {
      const token = first.sample(logits);
      expect(again.sample(logits)).toBe(token);
      first.accept(token);
      again.accept(token);
    }
    expect(createSampler().seed).not.toBe(createSampler().seed);
  });

  it('keeps the numbers of random() apart from those of sample()', () => {
    const sampler = createSampler({ temperature: 1, seed: 5 });
    const numbers = [sampler.random(), sampler.random(), sampler.fork().random()];
    expect(new Set(numbers).size).toBe(3);
    const again = createSampler({ temperature: 1, seed: 5 });
    expect([again.random(), again.random(), again.random()]).toEqual(numbers);
  });
});

/** Allows even tokens, then odd ones, in turn. */
function alternating(parity = 0): TokenConstraint {
  let current = parity;
  return {
    mask: (logits) => {
      for (let token = 0; token < logits.length; token++) {
        if (token % 2 !== current) logits[token] = Number.NEGATIVE_INFINITY;
      }
    },
    accept: () => {
      current = 1 - current;
    },
    fork: () => alternating(current),
  };
}
