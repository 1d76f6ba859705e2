import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answersOf, groupsOf, rate } from '../results/answers.js';
import type { AnswerSample } from '../results/record.js';
import { agreement, commonPrefix } from './agreement.js';
import type { PeersRecord } from './peers-record.js';
import { bestMethod, peersSummary } from './peers-summary.js';

const answer = (
  prompt: string,
  method: string,
  rest: { readonly tokens: readonly number[]; readonly decode: number; readonly drafted?: number },
): AnswerSample => ({
  ...{ method, prompt, category: prompt.split('/')[0]!, turn: 0 },
  tokens: rest.tokens,
  statistics: {
    ...{ promptTokens: 9, draftedTokens: rest.drafted ?? 0, acceptedTokens: (rest.drafted ?? 0) / 2 },
    milliseconds: { prefill: 100, decode: rest.decode },
  },
});

const OWN = 'foretoken standard';
const AUTO = 'foretoken auto';
const PEER = 'node-llama-cpp standard';
const LOOKUP = 'node-llama-cpp lookup';

const answers: readonly AnswerSample[] = [
  answer('chat/a', OWN, { tokens: [1, 2, 3, 4], decode: 40 }),
  answer('chat/a', AUTO, { tokens: [1, 2, 3, 4], decode: 20, drafted: 8 }),
  answer('chat/a', PEER, { tokens: [1, 2, 9, 4], decode: 80 }),
  answer('chat/a', LOOKUP, { tokens: [1, 2, 9, 4], decode: 100, drafted: 4 }),
  answer('code/b', OWN, { tokens: [5, 6], decode: 20 }),
  answer('code/b', AUTO, { tokens: [5, 7], decode: 20 }),
  answer('code/b', PEER, { tokens: [5, 6], decode: 40 }),
  answer('code/b', LOOKUP, { tokens: [5, 6], decode: 10 }),
];

const record: PeersRecord = {
  environment: {
    date: '2026-01-01T00:00:00.000Z',
    commit: undefined,
    modified: false,
    node: '20',
    machine: { platform: 'linux', arch: 'x64', release: '', processor: '', cores: 2, memory: 1 },
  },
  engines: [
    { engine: 'foretoken', state: 'measured', description: 'fused on cpu' },
    { engine: 'node-llama-cpp', state: 'measured', description: '3.22' },
  ],
  options: { model: 'm', threads: 2, contextLength: 64, maximumTokens: 4, rounds: 3, prefillTokens: 100 },
  seeds: [],
  samples: answers,
  prefills: [100, 900, 200].flatMap((milliseconds, round) => [
    { round, engine: 'foretoken' as const, milliseconds },
    { round, engine: 'node-llama-cpp' as const, milliseconds: milliseconds / 2 },
  ]),
  starts: [
    {
      ...{ round: 0, method: AUTO, milliseconds: 1234 },
      memory: { loaded: 200 * 2 ** 20, answered: 300 * 2 ** 20 },
    },
  ],
};

describe('rate', () => {
  it('is total tokens over total time, by kind of work and over all', () => {
    const [chat, code, all] = groupsOf(answers);
    expect([chat, code, all].map((group) => group?.category)).toEqual(['chat', 'code', 'all']);
    expect(rate(answersOf(chat!.samples, OWN))).toBe(100);
    expect(rate(answersOf(code!.samples, LOOKUP))).toBe(200);
    expect(rate(answersOf(all!.samples, AUTO))).toBe(150);
    expect(rate(answersOf(all!.samples, AUTO), true)).toBe(6000 / 240);
  });
});

describe('bestMethod', () => {
  it('is the fastest over all prompts, not in the mean of them', () => {
    // lookup: 6 tokens in 110 ms; standard: 6 in 120 ms.
    expect(bestMethod(answers, 'node-llama-cpp')).toBe(LOOKUP);
    expect(bestMethod(answers, 'foretoken')).toBe(AUTO);
    expect(bestMethod(answers.slice(0, 2), 'node-llama-cpp')).toBeUndefined();
  });
});

describe('agreement', () => {
  it('counts the tokens before the first difference', () => {
    const found = agreement(answers, OWN, PEER);
    expect(found).toEqual({ prompts: 2, same: 1, prefixes: [2, 2], lengths: [4, 2] });
  });

  it('is partial where one answer only begins as the other', () => {
    const short = [answer('a/a', OWN, { tokens: [1], decode: 1 }), answer('a/a', PEER, { tokens: [1, 2], decode: 1 })];
    const found = agreement(short, OWN, PEER);
    expect(found).toEqual({ prompts: 1, same: 0, prefixes: [1], lengths: [2] });
  });

  it('has a common prefix that both share and that can not be longer', () => {
    const tokens = fc.array(fc.nat({ max: 2 }));
    fc.assert(
      fc.property(tokens, tokens, (one, other) => {
        const length = commonPrefix(one, other);
        expect(one.slice(0, length)).toEqual(other.slice(0, length));
        expect(length).toBe(commonPrefix(other, one));
        if (length < Math.min(one.length, other.length)) expect(one[length]).not.toBe(other[length]);
      }),
    );
  });
});

describe('peersSummary', () => {
  it('compares standard with standard and the default with the best mode of the peer', () => {
    const text = peersSummary(record);
    expect(text).toMatch(/\| all +\| +2 \| +100\.0 \| +150\.0 \| +50\.0 \| +54\.5 \| +2\.00x \| +2\.75x \|/);
    expect(text).toContain('foretoken standard decodes 2.00x as fast as node-llama-cpp standard');
    expect(text).toContain('foretoken auto decodes 2.75x as fast as node-llama-cpp lookup');
  });

  it('gives guesses, sameness, prefill by the median, and start', () => {
    const text = peersSummary(record);
    expect(text).toMatch(/\| foretoken auto +\| +6 \| +8 \| +50 % \| +1 of 2 \|/);
    expect(text).toContain('the same greedy answer to 1 of 2 prompts');
    expect(text).toContain('67 % of all tokens');
    expect(text).toMatch(/\| foretoken +\| +200 \| +500 \| +0\.50x \|/);
    expect(text).toMatch(/\| foretoken auto +\| +1234 \| +200 \| +300 \|/);
  });

  it('says why a peer is missing, and compares nothing', () => {
    const text = peersSummary({
      ...record,
      engines: [record.engines[0]!, { engine: 'node-llama-cpp', state: 'absent', reason: 'no binary' }],
      samples: answers.filter(({ method }) => method.startsWith('foretoken ')),
      prefills: record.prefills.filter(({ engine }) => engine === 'foretoken'),
    });
    expect(text).toContain('node-llama-cpp was not measured: no binary');
    expect(text).not.toMatch(/NaN|undefined|as fast as/);
  });
});
