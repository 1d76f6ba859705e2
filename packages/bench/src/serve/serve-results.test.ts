import { describe, expect, it } from 'vitest';
import { percentile } from '../results/statistics.js';
import type { Load } from './generate-load.js';
import { type LikelyToken, partsAtTie } from './prove-tie.js';
import { serveChecks, serveFailures } from './serve-checks.js';
import type { ServeAnswer, ServeBlock, ServeRecord } from './serve-record.js';
import { serveResults } from './serve-results.js';
import { serveSummary } from './serve-summary.js';
import type { ChatAnswer } from './stream-chat.js';

const answered = (changes: Partial<ChatAnswer> = {}): ServeAnswer => ({
  prompt: 'code/a',
  outcome: {
    kind: 'answered',
    text: 'a',
    finishReason: 'stop',
    promptTokens: 9,
    tokens: 10,
    drafted: 0,
    accepted: 0,
    firstText: 40,
    whole: 200,
    gaps: [10, 20],
    ...changes,
  },
  sameness: 'identical',
});
const stretched = (stretch: number, changes: Partial<ChatAnswer> = {}): ServeAnswer => ({
  ...answered(changes),
  stretch,
});
const one: Load = { kind: 'closed', concurrency: 1 };
const four: Load = { kind: 'closed', concurrency: 4 };
const block = (changes: Partial<ServeBlock>): ServeBlock => ({
  load: one,
  mode: 'off',
  repeat: 0,
  turn: 0,
  milliseconds: 100,
  answers: [answered()],
  ...changes,
});
const record = (blocks: readonly ServeBlock[]): ServeRecord => ({
  environment: {
    date: '',
    commit: undefined,
    modified: false,
    node: '20',
    machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
  },
  options: {
    model: 'm',
    device: 'cpu',
    executor: 'fused',
    sequences: 8,
    maximumTokens: 64,
    prompts: 1,
    repeats: 1,
  },
  seeds: [1],
  samples: blocks,
});

describe('percentile', () => {
  it('is the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('serveResults', () => {
  it('adds up the blocks of a load and a mode', () => {
    const [result] = serveResults([
      block({ processorMilliseconds: 80, answers: [stretched(1.2, { firstText: 10, drafted: 8, accepted: 6 })] }),
      block({
        milliseconds: 300,
        processorMilliseconds: 120,
        answers: [stretched(1.2), stretched(3, { firstText: 90, gaps: [30] })],
      }),
      block({ mode: 'on', milliseconds: 1 }),
    ]);
    expect(result).toEqual({
      load: one,
      mode: 'off',
      requests: 3,
      failed: 0,
      ties: 0,
      different: 0,
      tokensPerSecond: 75,
      firstText: { p50: 40, p95: 90, p99: 90 },
      gap: { p50: 20, p95: 30, p99: 30 },
      longestWait: 2.25,
      longestStretch: 2.5,
      furthestBehind: 2.25,
      acceptanceRate: 0.75,
    });
  });
});

describe('serveFailures', () => {
  it('lists answers that differ or are missing, and takes ties', () => {
    const answers: ServeAnswer[] = [
      answered(),
      { ...answered(), sameness: 'tie' },
      { ...answered(), sameness: 'different' },
      { prompt: 'code/b', outcome: { kind: 'refused', status: 503, message: 'full' } },
      { prompt: 'code/c', outcome: { kind: 'broken', message: 'cut' } },
    ];
    const failures = serveFailures({ samples: [block({ load: four, mode: 'on', answers })] });
    expect(failures).toEqual([
      'code/a, on at 4: the answer differs from the one given alone',
      'code/b, on at 4: refused: full',
      'code/c, on at 4: broken: cut',
    ]);
    expect(serveSummary(record([block({ answers })]))).toContain('WRONG: code/b, off at 1: refused: full');
  });
});

describe('serveChecks', () => {
  const verdicts = (blocks: readonly ServeBlock[]): readonly boolean[] =>
    serveChecks({ samples: blocks }).map(({ holds }) => holds);

  it('holds adaptive against the better of on and off at each concurrency', () => {
    const rate = (mode: ServeBlock['mode'], milliseconds: number): ServeBlock =>
      block({ load: four, mode, milliseconds });
    expect(verdicts([rate('off', 100), rate('on', 90), rate('adaptive', 94)])[0]).toBe(true);
    expect(verdicts([rate('off', 100), rate('on', 90), rate('adaptive', 95)])[0]).toBe(false);
    expect(verdicts([rate('off', 100), rate('on', 200), rate('adaptive', 106)])[0]).toBe(false);
  });

  it('takes the median repeat, for a machine may be slow during one block', () => {
    const repeats = (adaptive: readonly number[]): ServeBlock[] =>
      adaptive.flatMap((milliseconds, repeat) => [
        block({ load: four, mode: 'off', milliseconds: 100, repeat }),
        block({ load: four, mode: 'on', milliseconds: 120, repeat }),
        block({ load: four, mode: 'adaptive', milliseconds, repeat }),
      ]);
    expect(verdicts(repeats([100, 300, 104]))[0]).toBe(true);
    expect(verdicts(repeats([90, 110, 106]))[0]).toBe(false);
  });

  it('looks at the gaps of one stream', () => {
    expect(verdicts([block({ answers: [answered({ gaps: [99, 99] })] })])).toEqual([true]);
    expect(verdicts([block({ answers: [answered({ gaps: [99, 100] })] })])).toEqual([false]);
  });

  it('looks at whether one of several streams waits for the others far longer than they for it', () => {
    const starved = (times: number): ServeBlock =>
      block({ load: four, answers: [1, 1, times].map((n) => stretched(2 * n, { firstText: 10 * n })) });
    expect(verdicts([starved(3.9)])).toEqual([true]);
    expect(verdicts([starved(4)])).toEqual([false]);
    expect(serveSummary(record([starved(4)]))).toContain('DOES NOT HOLD: 4 at a time, off: nobody waits');
  });

  it('takes a wait that is long only because its prompt is, and a stretch only because its prompt is short', () => {
    const usual = stretched(2, { firstText: 10 });
    for (const [odd, longest] of [
      [stretched(2, { firstText: 150 }), { longestWait: 15, longestStretch: 1 }],
      [stretched(20, { firstText: 10 }), { longestWait: 1, longestStretch: 10 }],
    ] as const) {
      const blocks = [block({ load: four, answers: [usual, usual, odd] })];
      expect(serveResults(blocks)).toMatchObject([{ ...longest, furthestBehind: 1 }]);
      expect(verdicts(blocks)).toEqual([true]);
    }
  });

  it('does not judge waits by a record from before stretches were kept', () => {
    const blocks = [block({ load: four })];
    expect(verdicts(blocks)).toEqual([]);
    expect(serveSummary(record(blocks))).not.toContain('NaN');
  });
});

describe('partsAtTie', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const token = (text: string, second: string, margin: number): LikelyToken => ({
    bytes: bytes(text),
    likeliest: [
      { bytes: bytes(text), logprob: -0.5 },
      { bytes: bytes(second), logprob: -0.5 - margin },
    ],
  });

  it('is proven where both texts go on with one of two tokens that are as likely', () => {
    const tokens = [token('Grü', 'x', 3), token('ße', 'ß', 4e-4), token('!', '.', 2)];
    expect(partsAtTie('Grüße!', 'Grüßung', tokens)).toBe(true);
    expect(partsAtTie('Grüße!', 'Gruß', tokens)).toBe(false);
    expect(partsAtTie('Grüße!', 'Grüne', tokens)).toBe(false);
    expect(partsAtTie('Grüße!', 'Grüße.', tokens)).toBe(false);
    expect(partsAtTie('Grüße!', 'Grüße!?', tokens)).toBe(false);
    expect(partsAtTie('Another', 'Grüße!', tokens)).toBe(false);
  });
});
