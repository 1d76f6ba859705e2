import { expect, it } from 'vitest';
import type { ArithmeticRecord, WindowSample } from './arithmetic-record.js';
import { arithmeticResult, arithmeticSummary } from './arithmetic-summary.js';

const sample = (changes: Partial<WindowSample>): WindowSample => ({
  model: 'm',
  window: 'Moby Dick 1',
  kind: 'prose',
  tokens: 100,
  exactLoss: 100 * Math.log(4),
  integerLoss: 100 * Math.log(4.4),
  divergence: 2,
  sameGreedy: 90,
  milliseconds: { exact: 300, integer: 100 },
  ...changes,
});

it('sums up perplexity, divergence and agreement over tokens', () => {
  const result = arithmeticResult([sample({}), sample({ window: 'Moby Dick 2', sameGreedy: 100 })]);
  expect(result.tokens).toBe(200);
  expect(result.exactPerplexity).toBeCloseTo(4, 9);
  expect(result.integerPerplexity).toBeCloseTo(4.4, 9);
  expect(result.rise).toBeCloseTo(0.1, 9);
  expect(result.riseError).toBeCloseTo(0, 9);
  expect(result.divergence).toBeCloseTo(0.02, 9);
  expect(result.sameGreedy).toBe(0.95);
  expect(result.speedup).toBe(3);
});

it('tells how unsure the rise is from how windows differ', () => {
  // Differences of 0 and 0.2 nats a token: their mean has a standard error of 0.1.
  const windows = [sample({ exactLoss: 100, integerLoss: 100 }), sample({ exactLoss: 100, integerLoss: 120 })];
  expect(arithmeticResult(windows).riseError).toBeCloseTo(0.1, 9);
});

it('prints a row for each kind of text and for all', () => {
  const environment = {
    date: '2026-01-01T00:00:00.000Z',
    commit: undefined,
    modified: false,
    node: '20',
    machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
  } as const;
  const windows = [sample({}), sample({ window: 'zod 1', kind: 'code' })];
  const record: ArithmeticRecord = {
    environment,
    options: { tokens: 200, window: 101 },
    seeds: [],
    samples: windows,
  };
  const text = arithmeticSummary(record);
  expect(text).toMatch(/\| m +\| +prose \| +100 \|/);
  expect(text).toMatch(/\| m +\| +all \| +200 \|/);
  expect(text).toContain('10.00 % ± 0.00');
});
