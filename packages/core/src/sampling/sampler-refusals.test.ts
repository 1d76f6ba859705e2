import {
  createSampler,
  InvalidArgumentError,
  InvalidLogitsError,
  type SamplerOptions,
  type TokenId,
} from '@foretoken/core';
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
