import {
  createSampler,
  InvalidArgumentError,
  InvalidLogitsError,
  type SamplerOptions,
  type TokenId,
} from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('createSampler: refusals', () => {
  it.each<[string, SamplerOptions]>([
    ['temperature', { temperature: -1 }],
    ['temperature', { temperature: Number.NaN }],
    ['temperature', { temperature: Number.POSITIVE_INFINITY }],
    ['topK', { topK: 0 }],
    ['topK', { topK: 1.5 }],
    ['topP', { topP: 0 }],
    ['topP', { topP: 1.01 }],
    ['minP', { minP: -0.1 }],
    ['minP', { minP: 2 }],
    ['repetitionPenalty', { repetitionPenalty: 0 }],
    ['repetitionPenalty', { repetitionPenalty: 1e-38 }],
    ['repetitionPenalty', { repetitionPenalty: 1e38 }],
    ['presencePenalty', { presencePenalty: -1e38 }],
    ['logitBias', { logitBias: { 1: 1e38 } }],
    ['repetitionWindow', { repetitionWindow: 0 }],
    ['presencePenalty', { presencePenalty: Number.NaN }],
    ['frequencyPenalty', { frequencyPenalty: Number.POSITIVE_INFINITY }],
    ['logitBias', { logitBias: { '-1': 2 } }],
    ['logitBias', { logitBias: new Map([[1, Number.POSITIVE_INFINITY]]) }],
    ['seed', { seed: 0.5 }],
  ])('%s: %j', (option, options) => {
    expect(() => createSampler(options)).toThrow(InvalidArgumentError);
    expect(() => createSampler(options)).toThrow(option);
  });

  it('refuses nothing later that it took at first', () => {
    const extreme = (...values: number[]): fc.Arbitrary<number> => fc.constantFrom(...values);
    const options = fc.record({
      temperature: extreme(0, Number.MIN_VALUE, 1e-38, 1, 1e308),
      topK: extreme(1, 3, Number.POSITIVE_INFINITY),
      topP: extreme(Number.MIN_VALUE, 0.5, 1),
      minP: extreme(0, Number.MIN_VALUE, 1),
      repetitionPenalty: extreme(0.001, 1, 1_000),
      presencePenalty: extreme(-1_000_000, 0, 1_000_000),
      frequencyPenalty: extreme(-1_000_000, 0, 1_000_000),
      logitBias: fc.record({ 0: extreme(-1_000_000, 0, 1_000_000), 1: extreme(Number.NEGATIVE_INFINITY, 0) }),
      seed: fc.nat(),
    });
    const logits = fc.array(fc.float({ min: -10_000, max: 10_000, noNaN: true }), { minLength: 4, maxLength: 8 });
    fc.assert(
      fc.property(options, logits, (given, values) => {
        const sampler = createSampler({ ...given, history: [0, 1, 2] });
        for (let token = 0; token < 4; token++) sampler.accept(sampler.sample(Float32Array.from(values)));
      }),
    );
  });

  it('refuses logits that can not be sampled', () => {
    for (const temperature of [0, 1]) {
      const sampler = createSampler({ temperature });
      expect(() => sampler.sample(Float32Array.of(1, Number.NaN))).toThrow(InvalidLogitsError);
      expect(() => sampler.sample(Float32Array.of(1, Number.POSITIVE_INFINITY))).toThrow(InvalidLogitsError);
      expect(() => sampler.distribution(new Float32Array(4).fill(Number.NEGATIVE_INFINITY))).toThrow(
        InvalidLogitsError,
      );
    }
  });

  it('refuses a bias of a token that the vocabulary lacks, and a token that is none', () => {
    expect(() => createSampler({ logitBias: { 9: 1 } }).sample(new Float32Array(4))).toThrow(InvalidArgumentError);
    expect(() => createSampler().accept(-1 as TokenId)).toThrow(InvalidArgumentError);
  });
});
