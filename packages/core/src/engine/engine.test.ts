import { fixed, standard } from '@foretoken/adaptive';
import { createSampler, Engine, type EngineOptions, type EngineRequest } from '@foretoken/core';
import { createStopMatcher } from '@foretoken/core/text';
import { exactMatch } from '@foretoken/verifier';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DraftHabit, noisyDrafter } from '../decoding/testing/drafters.js';
import { TokenListModel } from '../decoding/testing/token-list-model.js';
import { OneAtATime } from './testing/one-at-a-time.js';
import { RecordingModel } from './testing/recording-model.js';

const VOCABULARY = 12;
const CONTEXT = 140;

/** One letter a token: text of stop strings is then easy to reason about. */
const letters = () => ({ push: (token: number) => String.fromCharCode(97 + token), finish: () => '' });

const requests = fc.record({
  /** Tokens of a text that requests share, then its own. */
  shared: fc.nat(40),
  own: fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 12 }),
  habits: fc.array(fc.constantFrom<DraftHabit>('chain', 'tree', 'nothing', 'invalid', 'throws'), {
    minLength: 1,
    maxLength: 4,
  }),
  noise: fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }),
  plan: fc.record({
    depth: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 3 }),
    nodes: fc.integer({ min: 1, max: 14 }),
  }),
  temperature: fc.constantFrom(0, 0.8, 0.8),
  maximumTokens: fc.integer({ min: 1, max: 70 }),
  endTokens: fc.array(fc.nat(VOCABULARY * 12), { maxLength: 1 }),
  stops: fc.array(fc.array(fc.nat(VOCABULARY - 1), { minLength: 3, maxLength: 3 }), { maxLength: 1 }),
  /** Events of earlier requests after which it is submitted. */
  joinsAfter: fc.nat(60),
  /** Events after which it is given up, if at all. */
  leaves: fc.option(fc.record({ after: fc.nat(20), how: fc.constantFrom<'abort' | 'return'>('abort', 'return') }), {
    freq: 3,
  }),
});

const engines = fc.record({
  sequences: fc.constantFrom(1, 2, 4, 6),
  /** Beyond what the largest request needs. */
  extraKv: fc.constantFrom(0, 3, 20, 60, 100, 1000),
  prefillTokens: fc.constantFrom(1, 4, 32),
  forwardTokens: fc.constantFrom(4, 1000),
});

const sharedText = Array.from({ length: 40 }, (_, i) => (i * 7) % VOCABULARY);

type Case = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function requestOf(model: TokenListModel, c: Case): EngineRequest {
  const prompt = Int32Array.from([...sharedText.slice(0, c.shared), ...c.own]);
  return {
    prompt,
    sampler: createSampler({ temperature: c.temperature, frequencyPenalty: 0.3, seed: 7, history: prompt }),
    maximumTokens: c.maximumTokens,
    endTokens: c.endTokens,
    detokenizer: letters(),
    stop: createStopMatcher(c.stops.map((stop) => stop.map((token) => letters().push(token)).join(''))),
    drafters: [noisyDrafter(model, c.habits, c.noise)],
    controller: fixed({ drafter: 'noisy', ...c.plan }),
  };
}

/** What the request brings on its own. */
async function alone(c: Case) {
  const model = new TokenListModel({ vocabularySize: VOCABULARY, contextLength: CONTEXT });
  const { drafters: _, controller: __, ...request } = requestOf(model, c);
  const decoder = new OneAtATime({ model, verifier: exactMatch(), controller: standard });
  const answer = { tokens: [] as number[], text: '', reason: '' };
  for await (const event of decoder.generate(request)) {
    answer.text += event.text;
    if (event.kind === 'round') answer.tokens.push(...event.round.tokens);
    else answer.reason = event.reason;
  }
  return answer;
}

describe('Engine: any mix of requests', () => {
  it('gives each the tokens and the text that it gets alone, and leaves nothing behind', async () => {
    let [preemptions, reused, accepted, completed] = [0, 0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 9 }), engines, async (cases, e) => {
        const largest = Math.max(...cases.map((c) => c.shared + c.own.length + c.maximumTokens));
        const kvTokens = Math.min(CONTEXT, largest) + e.extraKv;
        const model = new RecordingModel({
          vocabularySize: VOCABULARY,
          contextLength: CONTEXT,
          slots: e.sequences,
          forwardTokens: e.forwardTokens,
        });
        model.after = (output, inputs) => {
          const scored = inputs.reduce((sum, { tokens }) => sum + tokens.length, 0);
          expect(model.heldTokens + scored).toBeLessThanOrEqual(kvTokens);
          return output;
        };
        const options: EngineOptions = {
          model,
          verifier: exactMatch(),
          sequences: e.sequences,
          kvTokens,
          prefillTokens: e.prefillTokens,
        };
        const engine = new Engine(options);
        let events = 0;
        const joins: { after: number; join: () => void }[] = [];
        const joinDue = (): void => {
          for (const due of joins.filter(({ after }) => after <= events)) {
            joins.splice(joins.indexOf(due), 1);
            due.join();
          }
        };
        const answers = cases.map(async (c) => {
          if (c.joinsAfter > 0) await new Promise<void>((join) => joins.push({ after: c.joinsAfter, join }));
          const abort = new AbortController();
          const request = { ...requestOf(model, c), signal: abort.signal };
          const [drafter] = request.drafters as ReturnType<typeof noisyDrafter>[];
          const tokens: number[] = [];
          let text = '';
          let reason = 'left';
          let own = 0;
          for await (const event of engine.submit(request)) {
            events++;
            joinDue();
            if (event.kind === 'round') tokens.push(...event.round.tokens);
            if (event.kind !== 'started') text += event.text;
            if (event.kind === 'finish') {
              reason = event.reason;
              accepted += event.statistics.acceptedTokens;
              expect(event.statistics.generatedTokens).toBe(tokens.length);
            } else if (event.kind === 'started') reused += event.reusedPromptTokens;
            if (own++ !== c.leaves?.after) continue;
            if (c.leaves.how === 'return') break;
            abort.abort();
          }
          expect(drafter!.openSessions()).toBe(0);
          const expected = await alone(c);
          if (reason === 'left' || reason === 'abort') {
            expect(tokens).toEqual(expected.tokens.slice(0, tokens.length));
            // A stop string that was on its way may be given, since it did not come to its end.
            expect(tokens.map(letters().push).join('').startsWith(text)).toBe(true);
          } else {
            completed++;
            expect({ tokens, text, reason }).toEqual(expected);
          }
        });
        const idle = setInterval(() => {
          // Whoever was to join after more events than there are joins when the others are done.
          if (engine.statistics().running + engine.statistics().waiting > 0) return;
          events = Number.POSITIVE_INFINITY;
          joinDue();
        }, 1);
        await Promise.all(answers).finally(() => clearInterval(idle));
        const { totals, running, waiting, ...end } = engine.statistics();
        expect([running, waiting, end.kvTokens]).toEqual([0, 0, 0]);
        expect(totals.finished + totals.aborted + totals.failed).toBe(cases.length);
        expect(totals.failed).toBe(0);
        preemptions += totals.preemptions;
        await engine.close();
        expect(model.openSequences).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(preemptions).toBeGreaterThan(5);
    expect(reused).toBeGreaterThan(1000);
    expect(accepted).toBeGreaterThan(500);
    expect(completed).toBeGreaterThan(500);
  });
});
