import { planner } from '@foretoken/adaptive';
import {
  createSampler,
  type DecodingRound,
  type DecodingStatistics,
  type Drafter,
  type GatherPlan,
  InvalidArgumentError,
} from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OneAtATime, type OneAtATimeOptions } from '../engine/testing/one-at-a-time.js';
import { type DraftHabit, noisyDrafter } from './testing/drafters.js';
import { TokenListModel } from './testing/token-list-model.js';

const prompt = Int32Array.of(1, 2, 3);
const HABITS: readonly DraftHabit[] = ['chain', 'tree', 'nothing', 'invalid', 'empty', 'throws', 'rejects'];

async function decode(
  options: Partial<OneAtATimeOptions> & Pick<OneAtATimeOptions, 'model'>,
): Promise<{ tokens: number[]; rounds: DecodingRound[]; statistics: DecodingStatistics }> {
  const shared = planner();
  const decoder = new OneAtATime({
    verifier: exactMatch(),
    controller: () => shared.forSequence(),
    ...options,
  });
  const rounds: DecodingRound[] = [];
  for await (const event of decoder.generate({ prompt, maximumTokens: 40, sampler: createSampler() })) {
    if (event.kind === 'round') rounds.push(event.round);
    else return { tokens: rounds.flatMap(({ tokens }) => tokens), rounds, statistics: event.statistics };
  }
  throw new Error('no finish');
}

const named = (name: string, drafter: Drafter, costly = false): Drafter => ({ ...drafter, name, costly });

describe('a plan that asks several drafters', () => {
  it('changes no token, whatever the drafters do, and counts each guess for its drafter', async () => {
    const plain = await decode({ model: new TokenListModel({ vocabularySize: 10, contextLength: 64 }) });
    expect(plain.statistics.standardReasons).toEqual({ 'switched-off': 39, 'last-token': 1 });
    const habits = fc.array(fc.constantFrom(...HABITS), { minLength: 1, maxLength: 5 });
    const noise = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(habits, noise), fc.tuple(habits, noise), fc.tuple(habits, noise), async (...own) => {
        const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
        const made = own.map(([habit, numbers]) => noisyDrafter(model, habit, numbers));
        const drafters = made.map((drafter, index) => named(`d${index}`, drafter, index === 2));
        const { tokens, rounds, statistics } = await decode({ model, drafters });
        expect(tokens).toEqual(plain.tokens);
        expect(made.map((drafter) => drafter.openSessions())).toEqual([0, 0, 0]);
        for (const { sources, drafted, plan, reason, tree } of rounds) {
          expect(sources.length).toBe(drafted);
          expect(reason === undefined).toBe(drafted > 0);
          if (plan.kind === 'speculate') expect(plan.drafter.split('+').sort()).toEqual([...new Set(sources)].sort());
          expect(tree?.tokens.length ?? 0).toBe(drafted);
        }
        const counted = Object.values(statistics.byDrafter);
        const sum = (of: 'draftedTokens' | 'acceptedTokens'): number =>
          counted.reduce((total, counts) => total + counts[of], 0);
        expect([sum('draftedTokens'), sum('acceptedTokens')]).toEqual([
          statistics.draftedTokens,
          statistics.acceptedTokens,
        ]);
        const reasons = Object.values(statistics.standardReasons).reduce((total, count) => total + count, 0);
        expect(reasons).toBe(statistics.standardRounds);
      }),
      { numRuns: 40 },
    );
  });

  it('says why a round has no guesses', async () => {
    const reasonsOf = async (habit: DraftHabit): Promise<DecodingStatistics['standardReasons']> => {
      const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
      const { statistics } = await decode({ model, drafters: [noisyDrafter(model, [habit], [1])] });
      return statistics.standardReasons;
    };
    expect(await reasonsOf('nothing')).toEqual({ 'no-proposals': 39, 'last-token': 1 });
    expect(await reasonsOf('throws')).toEqual({ 'drafter-failed': 39, 'last-token': 1 });
  });

  it('is refused when it names a drafter that is not at hand', async () => {
    const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
    const own = planner().forSequence();
    const controller = () => ({
      ...own,
      name: 'odd',
      plan: (): GatherPlan => {
        const budget = { depth: 2, width: 1, nodes: 2, minimumConfidence: 0 };
        return {
          kind: 'gather',
          asks: [{ drafter: 'nobody', ...budget }],
          askMore: () => undefined,
          weigh: () => undefined,
          chooser: { choose: () => [] },
        };
      },
      observe: () => {},
    });
    const drafters = [noisyDrafter(model, ['chain'], [1])];
    await expect(decode({ model, drafters, controller })).rejects.toThrow(InvalidArgumentError);
  });
});
