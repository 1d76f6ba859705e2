import { type Arithmetic, DEFAULT_ARITHMETIC } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { chooseArithmetic } from './choose-arithmetic.js';

describe('chooseArithmetic', () => {
  it('takes what is wanted, else the default, which only the fused executor may have', () => {
    expect(chooseArithmetic('integer', 'fused')).toBe('integer');
    expect(chooseArithmetic('exact', 'fused')).toBe('exact');
    expect(chooseArithmetic('exact', 'eager')).toBe('exact');
    expect(chooseArithmetic(undefined, 'fused')).toBe(DEFAULT_ARITHMETIC);
    expect(chooseArithmetic(undefined, 'graph')).toBe('exact');
    expect(chooseArithmetic(undefined, 'eager')).toBe('exact');
  });

  it.each(['graph', 'eager'] as const)('refuses integers on %s', (executor) => {
    expect(() => chooseArithmetic('integer', executor)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', details: { arithmetic: 'integer', executor } }),
    );
  });

  it('refuses what is none', () => {
    expect(() => chooseArithmetic('fast' as Arithmetic, 'fused')).toThrow('must be exact or integer, not "fast"');
  });
});

it('is exact on a GPU, which has no other', () => {
  expect(chooseArithmetic(undefined, 'fused', { gpu: true })).toBe('exact');
  expect(chooseArithmetic('exact', 'fused', { gpu: true })).toBe('exact');
  expect(() => chooseArithmetic('integer', 'fused', { gpu: true })).toThrow("the CPU's");
});
