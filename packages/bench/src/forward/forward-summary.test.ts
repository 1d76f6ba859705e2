import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ForwardRecord, ForwardSample, ForwardTarget } from './forward-record.js';
import { forwardCost, forwardSummary } from './forward-summary.js';
import { roundOf } from './schedule.js';
import { weightBytes } from './weight-bytes.js';

const samples = (target: ForwardTarget, costs: Readonly<Record<number, readonly number[]>>): ForwardSample[] =>
  Object.entries(costs).flatMap(([tokens, times]) =>
    times.map((milliseconds, round) => ({ target, round, tokens: Number(tokens), milliseconds })),
  );

const versions = { node: '20', tfjs: '4', tensorflow: '2' };
const record: ForwardRecord = {
  environment: {
    date: '2026-01-01T00:00:00.000Z',
    commit: undefined,
    modified: false,
    node: '20',
    machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
  },
  options: { model: 'm', rounds: 3, prefix: 8, tokenCounts: [1, 8] },
  seeds: [],
  samples: [
    ...samples('graph', { 1: [40, 39, 400], 8: [60, 60, 60] }),
    ...samples('eager-native', { 1: [80, 80], 8: [90, 100] }),
  ],
  targets: [
    {
      target: 'graph',
      state: 'measured',
      device: 'cpu',
      executor: 'graph',
      versions,
    },
    {
      target: 'eager-native',
      state: 'measured',
      device: 'cpu',
      executor: 'eager',
      versions,
    },
    { target: 'wasm', state: 'unavailable', reason: 'no memory' },
  ],
  weightBytes: 400e6,
  memoryRead: { bytes: 500e6, milliseconds: [25, 20, 30] },
};

describe('forwardCost', () => {
  it('is the median of the passes of that size', () => {
    const record = { samples: samples('graph', { 1: [3, 1, 200], 2: [7, 9] }) };
    expect(forwardCost(record, 'graph', 1)).toBe(3);
    expect(forwardCost(record, 'graph', 2)).toBe(8);
    expect(forwardCost(record, 'wasm', 2)).toBeNaN();
  });
});

describe('forwardSummary', () => {
  it('gives cost and ratio by size, the comparison with eager, and memory traffic', () => {
    const text = forwardSummary(record);
    expect(text).toMatch(/\| graph +\| +40\.0 \(1\.00\) \| +60\.0 \(1\.50\) \|/);
    expect(text).toMatch(/\| eager-native +\| +80\.0 \(1\.00\) \| +95\.0 \(1\.19\) \|/);
    expect(text).toContain('wasm was not measured: no memory');
    expect(text).toContain('2.00 times as fast');
    expect(text).toContain('400 MB of weights: 10.0 GB/s');
    expect(text).toContain('20.0 GB/s (median, best 25.0)');
    expect(text).toContain('50 % of the median');
  });
});

describe('roundOf', () => {
  it('takes every pair once, all targets of a size side by side', () => {
    const names = fc.uniqueArray(fc.string(), { maxLength: 4 });
    const sizes = fc.uniqueArray(fc.nat(), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(), names, sizes, (round, targets, tokenCounts) => {
        const turns = roundOf(round, targets, tokenCounts);
        expect(turns).toHaveLength(targets.length * tokenCounts.length);
        expect(new Set(turns.map((turn) => JSON.stringify(turn))).size).toBe(turns.length);
        for (const [index, { tokens }] of turns.entries()) {
          expect(tokens).toBe(turns[index - (index % targets.length)]?.tokens);
        }
      }),
    );
  });

  it('rotates who goes first', () => {
    expect([0, 1, 2, 3].map((round) => roundOf(round, ['a', 'b', 'c'], [1, 2])[0])).toEqual([
      { target: 'a', tokens: 1 },
      { target: 'b', tokens: 2 },
      { target: 'c', tokens: 1 },
      { target: 'a', tokens: 2 },
    ]);
  });
});

describe('weightBytes', () => {
  it('counts the matrices of SmolLM2-135M, 134.5 million weights without the norms', () => {
    const bytes = weightBytes({
      family: 'llama',
      vocabularySize: 49152,
      contextLength: 8192,
      layers: 30,
      width: 576,
      feedForwardWidth: 1536,
      heads: 9,
      kvHeads: 3,
      headSize: 64,
      normEpsilon: 1e-5,
      rope: { base: 100000, scaling: { kind: 'none' } },
      tiedEmbeddings: true,
      biases: [],
    });
    // 134,515,008 parameters in the model's file, of which (2 x 30 + 1) x 576 are norms.
    expect(bytes / 4).toBe(134_515_008 - 61 * 576);
  });
});
