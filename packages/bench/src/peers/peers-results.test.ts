import {
  agreement,
  bestMethod,
  commonPrefix,
  type EngineMode,
  type EngineName,
  type PeerAnswer,
  type PeersRecord,
  peerRates,
  peersSummary,
} from '@foretoken/bench';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const answer = (
  prompt: string,
  [engine, mode]: readonly [EngineName, EngineMode],
  rest: { readonly tokens: readonly number[]; readonly decode: number; readonly drafted?: number },
): PeerAnswer => ({
  ...{ engine, mode, prompt, category: prompt.split('/')[0]!, promptTokens: 9, turn: 0 },
  tokens: rest.tokens,
  milliseconds: { prefill: 100, decode: rest.decode },
  drafted: rest.drafted ?? 0,
  accepted: (rest.drafted ?? 0) / 2,
});

const OWN = ['foretoken', 'standard'] as const;
const AUTO = ['foretoken', 'auto'] as const;
const PEER = ['node-llama-cpp', 'standard'] as const;
const LOOKUP = ['node-llama-cpp', 'lookup'] as const;

const answers: readonly PeerAnswer[] = [
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
  answers,
  prefills: [100, 900, 200].flatMap((milliseconds, round) => [
    { round, engine: 'foretoken' as const, milliseconds },
    { round, engine: 'node-llama-cpp' as const, milliseconds: milliseconds / 2 },
  ]),
  starts: [
    {
      ...{ round: 0, engine: 'foretoken', mode: 'auto', milliseconds: 1234 },
      memory: { loaded: 200 * 2 ** 20, answered: 300 * 2 ** 20 },
    },
  ],
};

describe('peerRates', () => {
  it('is total tokens over total time, by kind of work and over all', () => {
    const [chat, code, all] = peerRates(answers);
    expect(chat).toMatchObject({ category: 'chat', prompts: 1 });
    expect(chat?.tokensPerSecond['foretoken standard']).toBe(100);
    expect(code?.tokensPerSecond['node-llama-cpp lookup']).toBe(200);
    expect(all).toMatchObject({ category: 'all', prompts: 2 });
    expect(all?.tokensPerSecond['foretoken auto']).toBe(150);
    expect(all?.withPrefill['foretoken auto']).toBe(6000 / 240);
  });
});

describe('bestMethod', () => {
  it('is the fastest over all prompts, not in the mean of them', () => {
    // lookup: 6 tokens in 110 ms; standard: 6 in 120 ms.
    expect(bestMethod(answers, 'node-llama-cpp')).toEqual({ engine: 'node-llama-cpp', mode: 'lookup' });
    expect(bestMethod(answers, 'foretoken')).toEqual({ engine: 'foretoken', mode: 'auto' });
    expect(bestMethod(answers.slice(0, 2), 'node-llama-cpp')).toBeUndefined();
  });
});

describe('agreement', () => {
  it('counts the tokens before the first difference', () => {
    const found = agreement(answers, { engine: OWN[0], mode: OWN[1] }, { engine: PEER[0], mode: PEER[1] });
    expect(found).toEqual({ prompts: 2, same: 1, prefixes: [2, 2], lengths: [4, 2] });
  });

  it('is partial where one answer only begins as the other', () => {
    const short = [answer('a/a', OWN, { tokens: [1], decode: 1 }), answer('a/a', PEER, { tokens: [1, 2], decode: 1 })];
    const found = agreement(short, { engine: OWN[0], mode: OWN[1] }, { engine: PEER[0], mode: PEER[1] });
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
      answers: answers.filter(({ engine }) => engine === 'foretoken'),
      prefills: record.prefills.filter(({ engine }) => engine === 'foretoken'),
    });
    expect(text).toContain('node-llama-cpp was not measured: no binary');
    expect(text).not.toMatch(/NaN|undefined|as fast as/);
  });
});
