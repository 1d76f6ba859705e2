import { categoryResults, type DecodeSample, decodeSummary } from '@foretoken/bench';
import { describe, expect, it } from 'vitest';

const sample = (changes: Partial<DecodeSample>): DecodeSample => ({
  prompt: 'code/a',
  category: 'code',
  repeat: 0,
  method: 'standard',
  first: true,
  promptTokens: 10,
  tokens: [1, 2, 3, 4],
  finishReason: 'length',
  rounds: 4,
  drafted: 0,
  accepted: 0,
  milliseconds: { prefill: 100, draft: 0, forward: 380, verify: 20, decode: 400 },
  ...changes,
});

const fast = { prefill: 100, draft: 1, forward: 180, verify: 19, decode: 200 };
const samples: readonly DecodeSample[] = [
  sample({}),
  sample({ method: 'lookup', rounds: 2, drafted: 8, accepted: 2, milliseconds: fast }),
  sample({ prompt: 'list/b', category: 'list', tokens: [5, 6] }),
  sample({ prompt: 'list/b', category: 'list', tokens: [5, 7], method: 'lookup', rounds: 2 }),
];

describe('categoryResults', () => {
  it('divides total tokens by total time, for each category and over all', () => {
    const [code, list, all] = categoryResults(samples);
    expect(code).toEqual({
      category: 'code',
      prompts: 1,
      tokensPerSecond: { standard: 10, lookup: 20 },
      speedup: 2,
      speedupWithPrefill: 5 / 3,
      acceptanceRate: 0.25,
      meanAcceptanceLength: 2,
      identical: true,
    });
    expect(list).toMatchObject({ category: 'list', speedup: 1, meanAcceptanceLength: 1 });
    expect(all?.prompts).toBe(2);
    expect(all?.tokensPerSecond.standard).toBeCloseTo((6 * 1000) / 800);
    expect(all?.tokensPerSecond.lookup).toBeCloseTo((6 * 1000) / 600);
  });

  it('notices a single different token', () => {
    expect(categoryResults(samples).map(({ identical }) => identical)).toEqual([true, false, false]);
  });
});

describe('decodeSummary', () => {
  it('shouts when the output differs', () => {
    const options = { model: 'm', device: 'cpu', executor: 'graph', maximumTokens: 4, repeats: 1, depth: 4 };
    const environment = {
      date: '',
      commit: undefined,
      modified: false,
      node: '20',
      machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
    };
    const versions = { node: '20', tfjs: '4', tensorflow: '2' };
    const text = decodeSummary({ environment, versions, options, seeds: [], samples });
    expect(text).toMatch(/\| code +\| +1 \| +10\.0 \| +20\.0 \| +2\.00x \|.*yes \|/);
    expect(text).toMatch(/\| list .*NO \|/);
  });
});
