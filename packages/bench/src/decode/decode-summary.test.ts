import { NO_STATISTICS } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import type { DecodeRecord, DecodeSample } from './decode-record.js';
import { methodResults, worstCategory } from './decode-results.js';
import { decodeSummary } from './decode-summary.js';
import { draftMethod } from './draft-method.js';

const sample = (changes: Partial<DecodeSample>): DecodeSample => ({
  prompt: 'code/a',
  category: 'code',
  repeat: 0,
  method: 'standard',
  turn: 0,
  tokens: [1, 2, 3, 4],
  finishReason: 'length',
  statistics: {
    ...{ ...NO_STATISTICS, rounds: 4, standardRounds: 4 },
    milliseconds: { prefill: 100, draft: 0, forward: 380, verify: 20, standard: 400, decode: 400 },
  },
  ...changes,
});

const fast: Partial<DecodeSample> = {
  method: 'auto',
  statistics: {
    ...{ ...NO_STATISTICS, rounds: 2, standardRounds: 1, draftedTokens: 8, acceptedTokens: 2 },
    byDrafter: { lookup: { rounds: 1, draftedTokens: 8, acceptedTokens: 2 } },
    milliseconds: { prefill: 100, draft: 1, forward: 180, verify: 19, standard: 95, decode: 200 },
  },
};
const slow = {
  ...{ ...NO_STATISTICS, rounds: 4, standardRounds: 4 },
  milliseconds: { prefill: 100, draft: 20, forward: 400, verify: 20, standard: 440, decode: 440 },
};
const list = { prompt: 'list/b', category: 'list' };
const samples: readonly DecodeSample[] = [
  sample({}),
  sample(fast),
  sample({ ...list, tokens: [5, 6] }),
  sample({ ...list, tokens: [5, 7], method: 'auto', statistics: slow }),
];

describe('methodResults', () => {
  it('divides total tokens by total time, for each category and over all', () => {
    const [code, other, all] = methodResults(samples, 'auto');
    expect(code).toEqual({
      category: 'code',
      method: 'auto',
      prompts: 1,
      standardTokensPerSecond: 10,
      tokensPerSecond: 20,
      speedup: 2,
      speedupWithPrefill: 5 / 3,
      acceptanceRate: 0.25,
      meanAcceptanceLength: 2,
      different: 0,
      milliseconds: { draft: 0.5, forward: 90, verify: 9.5 },
      shares: { lookup: 0.5, standard: 0.5 },
    });
    expect(other).toMatchObject({ category: 'list', meanAcceptanceLength: 1, shares: { standard: 1 } });
    expect(all?.prompts).toBe(2);
    expect(all?.standardTokensPerSecond).toBeCloseTo((6 * 1000) / 800);
    expect(all?.tokensPerSecond).toBeCloseTo((6 * 1000) / 640);
    expect(all?.shares).toEqual({ lookup: 1 / 6, standard: 5 / 6 });
  });

  it('counts the prompts whose answer differs by a single token', () => {
    expect(methodResults(samples, 'auto').map(({ different }) => different)).toEqual([0, 1, 1]);
  });

  it('takes the copying tasks together', () => {
    const copying = samples.map((own) => ({ ...own, category: own.category === 'code' ? 'code-edit' : 'extraction' }));
    const other = sample({ prompt: 'chat/c', category: 'chat' });
    const results = methodResults([...copying, other, sample({ ...fast, prompt: 'chat/c', category: 'chat' })], 'auto');
    expect(results.map(({ category }) => category)).toEqual([
      'code-edit',
      'extraction',
      'chat',
      'copying tasks',
      'all',
    ]);
    expect(results[3]).toMatchObject({ prompts: 2, speedup: 800 / 640, different: 1 });
    expect(results[4]?.prompts).toBe(3);
  });

  it('finds the category that gains least', () => {
    const worst = worstCategory(methodResults(samples, 'auto'));
    expect(worst?.category).toBe('list');
    expect(worst?.speedup).toBeCloseTo(400 / 440);
  });
});

describe('decodeSummary', () => {
  const record: DecodeRecord = {
    environment: {
      date: '',
      commit: undefined,
      modified: false,
      node: '20',
      machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
    },
    options: {
      ...{ model: 'm', device: 'cpu', executor: 'graph', arithmetic: 'exact', maximumTokens: 4, repeats: 1 },
      ...{ methods: ['auto'], versions: { node: '20', tfjs: '4', tensorflow: '2' } },
    },
    seeds: [],
    samples,
  };

  it('shouts when the output differs, and names the worst category and who guessed', () => {
    const text = decodeSummary(record);
    expect(text).toMatch(/\| code +\| +1 \| +10\.0 \| +20\.0 \| +2\.00x \|.*yes \|/);
    expect(text).toMatch(/\| list .*NO \(1\) \|/);
    expect(text).toContain('Worst single category with auto: list, 0.91x.');
    expect(text).toMatch(/\| code +\| +0\.50 \| +90\.0 \| +9\.50 \| +50 % \| +50 % \|/);
    expect(text).not.toContain('resident memory');
  });

  it('puts several methods side by side, and memory below', () => {
    const lookup = samples.filter(({ method }) => method === 'auto').map((own) => ({ ...own, method: 'lookup' }));
    const memory = [
      { method: 'standard', peak: 2 ** 30, decoding: 2 ** 29 },
      { method: 'auto', peak: 1.1 * 2 ** 30, decoding: 0.6 * 2 ** 30 },
    ];
    const options = { ...record.options, methods: ['lookup', 'auto'] };
    const text = decodeSummary({ ...record, samples: [...samples, ...lookup], options, memory });
    expect(text).toMatch(/\| speedup +\| lookup \| +auto \|\n.*\n\| code +\| +2\.00x \| +2\.00x \|/);
    expect(text).toMatch(/\| auto +\| +1126 \| +10\.0 % \| +614 \| +20\.0 % \|/);
  });
});

describe('draftMethod', () => {
  it('takes the modes that need no expected text', () => {
    expect(['auto', 'suffix', 'model:org/name', 'early-exit:12'].map(draftMethod)).toEqual([
      'auto',
      'suffix',
      'model:org/name',
      'early-exit:12',
    ]);
    for (const wrong of ['prediction', 'none', 'model:', 'early-exit:0', '']) {
      expect(() => draftMethod(wrong)).toThrow(`not "${wrong}"`);
    }
  });
});
