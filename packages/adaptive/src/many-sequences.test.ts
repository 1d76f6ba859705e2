import { costAware } from '@foretoken/adaptive';
import type { DraftController, DraftPlan } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { depthOf, roundWith, situation } from './testing/rounds.js';

const curve = (price: number) => (tokens: number) => 10 + price * tokens;
const calibrationOf = (cost: (tokens: number) => number) =>
  [1, 2, 4, 8, 16, 32, 64].map((tokens) => ({ tokens, milliseconds: cost(tokens) }));

/** One round of sequences that share a forward, in which each guess for the n-th is right if `right[n]`. */
function share(
  controllers: readonly DraftController[],
  { cost, right, prefill = 0 }: { cost: (tokens: number) => number; right: readonly boolean[]; prefill?: number },
): DraftPlan[] {
  const activeSequences = controllers.length + (prefill > 0 ? 1 : 0);
  let otherTokens = controllers.length - 1 + prefill;
  const plans = controllers.map((controller) => {
    const plan = controller.plan(situation({ activeSequences, otherTokens, promptTokens: prefill }));
    otherTokens += depthOf(plan);
    return plan;
  });
  const forwardTokens = otherTokens + 1;
  for (const [index, plan] of plans.entries()) {
    const accepted = right[index] ? depthOf(plan) : 0;
    const outcome = roundWith(plan, { accepted, forward: cost(forwardTokens) });
    controllers[index]?.observe({ ...outcome, activeSequences, forwardTokens, promptTokens: prefill });
  }
  return plans;
}

describe('forSequence', () => {
  it('guesses for a sequence only what pays for slowing the others down', () => {
    const deepest = [1, 4, 15].map((others) => {
      // A row more costs as much as half a token brings when one sequence decodes alone.
      const cost = curve(5);
      const shared = costAware({ calibration: calibrationOf(cost) });
      const controllers = Array.from({ length: 1 + others }, () => shared.forSequence());
      const right = controllers.map(() => true);
      const rounds = Array.from({ length: 80 }, () => share(controllers, { cost, right }));
      return Math.max(...rounds.slice(40).map(([plan]) => (plan === undefined ? 0 : depthOf(plan))));
    });
    expect(deepest).toEqual([...deepest].sort((one, other) => other - one));
    expect(deepest[0]).toBeGreaterThan(4);
  });

  it('learns once from a forward, however many sequences were in it', () => {
    const cost = curve(1);
    const told = (times: number): unknown => {
      const shared = costAware();
      const controllers = Array.from({ length: 4 }, () => shared.forSequence());
      for (let round = 0; round < 10; round++) {
        for (const controller of controllers.slice(0, times)) {
          const outcome = roundWith({ kind: 'standard' }, { accepted: 0, forward: cost(4) + round / 100 });
          controller.observe({ ...outcome, activeSequences: 4, forwardTokens: 4 });
        }
      }
      return shared.save().cost;
    };
    expect(told(4)).toEqual(told(1));
  });

  it('does not learn what a decoded token costs from a forward with a piece of a prompt in it', () => {
    const cost = curve(1);
    const shared = costAware({ calibration: calibrationOf(cost) });
    const controllers = [shared.forSequence(), shared.forSequence()];
    const before = shared.save().cost.curve;
    for (let round = 0; round < 30; round++) {
      share(controllers, { cost: (tokens) => 3 * cost(tokens), right: [true, true], prefill: 40 });
    }
    expect(shared.save().cost.curve).toEqual(before);
  });

  it('starts a sequence from what the others have shown, and changes nothing about theirs', () => {
    const cost = curve(3);
    const shared = costAware({ calibration: calibrationOf(cost) });
    for (let generation = 0; generation < 4; generation++) {
      const controller = shared.forSequence();
      for (let round = 0; round < 12; round++) share([controller], { cost, right: [false] });
    }
    const [plan] = share([shared.forSequence()], { cost, right: [false] });
    expect(plan).toEqual({ kind: 'standard' });
    const [unknown] = share([costAware({ calibration: calibrationOf(cost) }).forSequence()], { cost, right: [false] });
    expect(unknown?.kind).toBe('speculate');
  });

  it('guesses beside prompts if rows are cheap there, and not in the rounds between where they are dear', () => {
    // However good a guess, alone it costs as much as a whole round.
    const dear = (tokens: number): number => 60 + 60 * Math.max(0, tokens - 3);
    const shared = costAware({ calibration: calibrationOf(dear) });
    const controllers = [shared.forSequence(), shared.forSequence(), shared.forSequence()];
    const right = [true, true, true];
    const beside: number[] = [];
    const alone: number[] = [];
    for (let round = 0; round < 400; round++) {
      const prefill = round % 6 < 3 ? 30 + (round % 2) : 0;
      const cost = (tokens: number): number => (prefill > 0 ? 200 + 0.2 * (tokens - prefill) : dear(tokens));
      const depths = share(controllers, { cost, right, prefill }).map(depthOf);
      if (round >= 300) (prefill > 0 ? beside : alone).push(...depths);
    }
    const guessing = (depths: readonly number[]): number => depths.filter((depth) => depth > 0).length / depths.length;
    expect(guessing(beside)).toBeGreaterThan(0.9);
    expect(guessing(alone)).toBeLessThan(0.1);
  });
});
