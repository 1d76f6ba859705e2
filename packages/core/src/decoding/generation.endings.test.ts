import { fixed, standard } from '@foretoken/adaptive';
import {
  createSampler,
  type DraftController,
  type Drafter,
  EmptyPromptError,
  ForetokenError,
  type GenerationEvent,
  InvalidArgumentError,
  InvalidVerdictError,
  PromptTooLongError,
  type TokenId,
  type Verdict,
} from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { OneAtATime } from '../engine/testing/one-at-a-time.js';
import { type DraftHabit, noisyDrafter } from './testing/drafters.js';
import { TokenListModel } from './testing/token-list-model.js';

const newModel = () => new TokenListModel({ vocabularySize: 10, contextLength: 64 });
const speculating = () => fixed({ drafter: 'noisy', depth: 4, width: 2, nodes: 8 });
const request = { prompt: Int32Array.of(1, 2, 3), maximumTokens: 30 };

function decoderOf(
  model: TokenListModel,
  drafters: readonly Drafter[],
  controller: () => DraftController = speculating,
) {
  return new OneAtATime({ model, drafters, verifier: exactMatch(), controller });
}

async function all(events: AsyncIterable<GenerationEvent>): Promise<GenerationEvent[]> {
  const list: GenerationEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

describe('One sequence: endings', () => {
  it('closes everything when the consumer stops, at any round', async () => {
    for (let rounds = 1; rounds < 6; rounds++) {
      const model = newModel();
      const drafter = noisyDrafter(model, ['tree', 'chain'], [3, 1, 4, 1, 5, 9, 2, 6]);
      let seen = 0;
      for await (const event of decoderOf(model, [drafter]).generate({ ...request, sampler: createSampler() })) {
        if (event.kind === 'round' && ++seen === rounds) break;
      }
      expect([model.openSequences, drafter.openSessions()]).toEqual([0, 0]);
      expect(drafter.openings()).toBe(1);
    }
  });

  it('finishes with abort at any round, having emitted no more than that', async () => {
    for (let rounds = 1; rounds < 6; rounds++) {
      const model = newModel();
      const drafter = noisyDrafter(model, ['chain'], [1]);
      const abort = new AbortController();
      const events: GenerationEvent[] = [];
      const sampler = createSampler();
      for await (const event of decoderOf(model, [drafter]).generate({ ...request, sampler, signal: abort.signal })) {
        if (events.push(event) === rounds) abort.abort();
      }
      expect(events).toHaveLength(rounds + 1);
      const generatedTokens = events.flatMap((event) => (event.kind === 'round' ? event.tokens : [])).length;
      expect(events.at(-1)).toMatchObject({ kind: 'finish', reason: 'abort', statistics: { generatedTokens } });
      expect([model.openSequences, drafter.openSessions()]).toEqual([0, 0]);
    }
  });

  it('looks for an abort between prefill chunks and inside a round', async () => {
    const model = newModel();
    const abort = new AbortController();
    abort.abort();
    const long = { ...request, prompt: new Int32Array(40).fill(1), signal: abort.signal };
    const before = await all(decoderOf(model, []).generate({ ...long, sampler: createSampler() }));
    expect(before).toMatchObject([{ kind: 'finish', reason: 'abort' }]);
    expect(model.forwards).toBe(0);

    const during = new AbortController();
    const drafter: Drafter = {
      name: 'noisy',
      open: () => ({ propose: async () => during.abort(), observe: () => {}, close: () => {} }) as never,
    };
    const events = await all(
      decoderOf(model, [drafter]).generate({ ...request, sampler: createSampler(), signal: during.signal }),
    );
    expect(events).toMatchObject([{ kind: 'finish', reason: 'abort', statistics: { rounds: 0 } }]);
    expect(model.lastClosed).toEqual([1, 2]);
  });

  it('closes everything when the model, the verifier or the controller throws', async () => {
    const failing = (): never => {
      throw new Error('broke');
    };
    const model = newModel();
    const drafter = noisyDrafter(model, ['chain'], [1]);
    const verifier = { name: 'broken', lossless: true, verify: failing };
    const decoders = [
      new OneAtATime({ model, drafters: [drafter], verifier, controller: speculating }),
      decoderOf(model, [drafter], () => ({ ...speculating(), observe: failing })),
    ];
    for (const decoder of decoders) {
      await expect(all(decoder.generate({ ...request, sampler: createSampler() }))).rejects.toThrow('broke');
      expect([model.openSequences, drafter.openSessions()]).toEqual([0, 0]);
    }
  });

  it.each<[string, Verdict]>([
    ['no tokens', { path: [], tokens: [] }],
    ['a path that is none', { path: [1, 0], tokens: [1, 2, 3] as TokenId[] }],
    ['tokens it did not announce', { path: [], tokens: [1] as TokenId[] }],
  ])('refuses a verdict with %s', async (_, verdict) => {
    const model = newModel();
    const verifier = { name: 'wrong', lossless: true, verify: () => verdict };
    const decoder = new OneAtATime({ model, verifier, controller: standard });
    await expect(all(decoder.generate({ ...request, sampler: createSampler() }))).rejects.toThrow(InvalidVerdictError);
    expect(model.openSequences).toBe(0);
  });
});

describe('One sequence: drafters that fail', () => {
  it('reports the first failure once, rests 2, 4, 8 … rounds, counts all of them', async () => {
    const model = newModel();
    const always: readonly DraftHabit[] = ['throws'];
    const reports: string[] = [];
    const drafter = noisyDrafter(model, always, [1]);
    const decoder = new OneAtATime({
      model,
      drafters: [drafter],
      verifier: exactMatch(),
      controller: speculating,
      onDrafterError: (error, name) => reports.push(`${name}: ${error}`),
    });
    const events = await all(decoder.generate({ ...request, sampler: createSampler() }));
    const plans = events.flatMap((event) => (event.kind === 'round' ? [event.round.plan.kind] : []));
    expect(reports).toEqual(['noisy: Error: drafter broke']);
    const asked = plans.flatMap((kind, round) => (kind === 'speculate' ? [round] : []));
    expect(asked).toEqual([0, 3, 8, 17]);
    expect(events.at(-1)).toMatchObject({ statistics: { drafterErrors: 4, standardRounds: 30, generatedTokens: 30 } });
    expect(drafter.openings()).toBe(4);
  });

  it('goes on when a session fails to open, to observe or to close', async () => {
    const fine = { propose: async () => undefined, observe: () => {}, close: () => {} };
    const fail = (): never => {
      throw new Error('broke');
    };
    for (const open of [fail, () => ({ ...fine, observe: fail }), () => ({ ...fine, close: fail })]) {
      const model = newModel();
      const events = await all(
        decoderOf(model, [{ name: 'noisy', open }]).generate({ ...request, sampler: createSampler() }),
      );
      expect(events).toHaveLength(31);
      expect(model.openSequences).toBe(0);
    }
  });
});

describe('One sequence: refusals', () => {
  const decoder = decoderOf(newModel(), []);
  const sampler = createSampler();

  it('refuses requests before anything is opened', () => {
    expect(() => decoder.generate({ prompt: new Int32Array(0), sampler })).toThrow(EmptyPromptError);
    for (const prompt of [undefined, 'text', [1, 2], [{ role: 'user' }]]) {
      expect(() => decoder.generate({ prompt: prompt as unknown as Int32Array, sampler })).toThrow(
        InvalidArgumentError,
      );
    }
    expect(() => decoder.generate({ prompt: new Int32Array(64), sampler })).toThrow(PromptTooLongError);
    expect(() => decoder.generate({ prompt: Int32Array.of(10), sampler })).toThrow(InvalidArgumentError);
    expect(() => decoder.generate({ ...request, sampler, maximumTokens: 0 })).toThrow(/maximumTokens/);
    const stop = { push: (text: string) => ({ text, stopped: false }), finish: () => '' };
    expect(() => decoder.generate({ ...request, sampler, stop })).toThrow(/detokenizer/);
  });

  it('refuses two drafters of one name, unknown drafters and budgets that are none', async () => {
    const model = newModel();
    const drafter = noisyDrafter(model, ['chain'], [1]);
    expect(() => decoderOf(model, [drafter, drafter]).generate({ ...request, sampler: createSampler() })).toThrow(
      InvalidArgumentError,
    );
    const plans = [
      { kind: 'speculate', drafter: 'else', depth: 1, width: 1, nodes: 1, minimumConfidence: 0 },
      { kind: 'speculate', drafter: 'noisy', depth: 1.5, width: 1, nodes: 1, minimumConfidence: 0 },
    ] as const;
    for (const plan of plans) {
      const controller = () => ({ name: 'odd', plan: () => plan, observe: () => {} });
      await expect(all(decoderOf(model, [drafter], controller).generate({ ...request, sampler }))).rejects.toThrow(
        ForetokenError,
      );
      expect(model.openSequences).toBe(0);
    }
  });
});
