import { fixed, standard } from '@foretoken/adaptive';
import {
  createSampler,
  type DraftController,
  type Drafter,
  type GenerationEvent,
  type GenerationRequest,
} from '@foretoken/core';
import { createStopMatcher } from '@foretoken/core/text';
import { promptLookup } from '@foretoken/draft';
import { exactMatch } from '@foretoken/verifier';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OneAtATime } from '../engine/testing/one-at-a-time.js';
import { type DraftHabit, noisyDrafter } from './testing/drafters.js';
import { TokenListModel } from './testing/token-list-model.js';

const VOCABULARY = 12;

type Request = Omit<GenerationRequest, 'sampler'>;
type Finish = Extract<GenerationEvent, { kind: 'finish' }>;

async function collect(events: AsyncIterable<GenerationEvent>) {
  const tokens: number[] = [];
  let rounds = 0;
  let text = '';
  let finish: Finish | undefined;
  for await (const event of events) {
    expect(finish).toBeUndefined();
    text += event.text;
    if (event.kind === 'round') {
      expect(event.tokens.map(({ token }) => token)).toEqual(event.round.tokens);
      expect(event.tokens.filter(({ origin }) => origin === 'draft')).toHaveLength(event.round.accepted);
      tokens.push(...event.round.tokens);
      rounds++;
    } else finish = event;
  }
  return { tokens, rounds, text, finish: finish! };
}

const decoderOf = (model: TokenListModel, drafters: readonly Drafter[], controller: () => DraftController) =>
  new OneAtATime({ model, drafters, verifier: exactMatch(), controller });

/** One letter a token: text of stop strings is then easy to reason about. */
const letters = () => ({ push: (token: number) => String.fromCharCode(97 + token), finish: () => '' });

const habits = fc.constantFrom<DraftHabit>(
  'chain',
  'chain',
  'tree',
  'tree',
  'nothing',
  'invalid',
  'empty',
  'throws',
  'rejects',
);

const cases = fc.record({
  prompt: fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 12 }),
  habits: fc.array(habits, { minLength: 1, maxLength: 6 }),
  noise: fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
  plan: fc.record({
    depth: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 3 }),
    nodes: fc.integer({ min: 1, max: 14 }),
  }),
  sampling: fc.record({
    temperature: fc.constantFrom(0, 0.4, 1),
    frequencyPenalty: fc.constantFrom(0, 0.8),
    seed: fc.nat(),
  }),
  maximumTokens: fc.integer({ min: 1, max: 40 }),
  endTokens: fc.array(fc.nat(VOCABULARY * 3), { maxLength: 2 }),
  stops: fc.array(fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
  contextLength: fc.constantFrom(16, 30, 200),
  forwardTokens: fc.constantFrom(3, 6, 1000),
});

describe('One sequence: the output', () => {
  it('is the same with any drafter as with none, greedy and sampled, and leaves the cache as a replay would', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const model = new TokenListModel({
          vocabularySize: VOCABULARY,
          contextLength: c.contextLength,
          forwardTokens: c.forwardTokens,
        });
        const request = (): Request => ({
          prompt: Int32Array.from(c.prompt),
          maximumTokens: c.maximumTokens,
          endTokens: c.endTokens,
          detokenizer: letters(),
          stop: createStopMatcher(c.stops.map((stop) => stop.map((token) => letters().push(token)).join(''))),
        });
        const plain = await collect(
          decoderOf(model, [], standard).generate({
            ...request(),
            sampler: createSampler({ ...c.sampling, history: c.prompt }),
          }),
        );
        const plainCache = model.lastClosed;
        const drafter = noisyDrafter(model, c.habits, c.noise);
        const sampler = createSampler({ ...c.sampling, history: c.prompt });
        const decoder = decoderOf(model, [drafter], () => fixed({ drafter: 'noisy', ...c.plan }));
        const speculative = await collect(decoder.generate({ ...request(), sampler }));

        expect(speculative.tokens).toEqual(plain.tokens);
        expect(speculative.text).toBe(plain.text);
        expect(speculative.finish.reason).toBe(plain.finish.reason);
        expect(plain.tokens.length).toBeGreaterThanOrEqual(1);
        expect(plain.tokens.length).toBeLessThanOrEqual(Math.min(c.maximumTokens, c.contextLength - c.prompt.length));

        expect(plainCache).toEqual([...c.prompt, ...plain.tokens].slice(0, -1));
        expect(model.lastClosed).toEqual(plainCache);
        expect(model.openSequences).toBe(0);
        expect(drafter.openSessions()).toBe(0);

        const { statistics } = speculative.finish;
        expect(statistics.generatedTokens).toBe(plain.tokens.length);
        expect(statistics.promptTokens).toBe(c.prompt.length);
        expect(statistics.rounds).toBe(speculative.rounds);
        expect(statistics.acceptedTokens).toBeLessThanOrEqual(statistics.draftedTokens);
        // Only the last round can lack the target's own token.
        expect(statistics.rounds + statistics.acceptedTokens - statistics.generatedTokens).toBeGreaterThanOrEqual(0);
        expect(statistics.rounds + statistics.acceptedTokens - statistics.generatedTokens).toBeLessThanOrEqual(1);
        expect(plain.finish.statistics).toMatchObject({
          rounds: plain.tokens.length,
          draftedTokens: 0,
          drafterErrors: 0,
        });
        accepted += statistics.acceptedTokens;
      }),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it('takes fewer forwards when the text repeats', async () => {
    const model = new TokenListModel({ vocabularySize: 4, contextLength: 400, order: 1 });
    const request = { prompt: Int32Array.of(1), maximumTokens: 120 };
    const plain = await collect(decoderOf(model, [], standard).generate({ ...request, sampler: createSampler() }));
    const decoder = decoderOf(model, [promptLookup()], () => fixed({ drafter: 'lookup', depth: 5 }));
    const looked = await collect(decoder.generate({ ...request, sampler: createSampler() }));
    expect(looked.tokens).toEqual(plain.tokens);
    expect(looked.finish.statistics.rounds).toBeLessThan(40);
    expect(looked.finish.statistics.acceptedTokens + looked.finish.statistics.rounds).toBe(120);
  });
});
