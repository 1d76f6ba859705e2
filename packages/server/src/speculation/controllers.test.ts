import { type DraftController, type DraftPlan, InvalidArgumentError } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { CONTROLLERS, type ControllerName, Controllers } from './controllers.js';

/** Milliseconds of a forward by its tokens. */
const forward = (tokens: number): number => 7 + 0.7 * tokens;
const calibration = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: forward(tokens) }));
const drafters = ['suffix'];

const make = (controllers: Controllers, name: ControllerName = 'cost-aware', depth?: number): DraftController =>
  controllers.controller({ name, drafters, depth, minimumConfidence: 0 });

/** Rounds of generations that share each forward: whatever is guessed for the n-th is right if `right[n]`. */
function runTogether(
  generations: readonly DraftController[],
  right: readonly boolean[],
  rounds: number,
): DraftPlan[][] {
  const plans: DraftPlan[][] = generations.map(() => []);
  const activeSequences = generations.length;
  for (let round = 0; round < rounds; round++) {
    let otherTokens = activeSequences - 1;
    const planned = generations.map((generation) => {
      const situation = { drafters, contextLength: 100 + round, remainingTokens: 500, activeSequences, otherTokens };
      const plan = generation.plan(situation);
      otherTokens += plan.kind === 'speculate' ? plan.depth : 0;
      return plan;
    });
    const forwardTokens = otherTokens + 1;
    for (const [index, plan] of planned.entries()) {
      plans[index]?.push(plan);
      const drafted = plan.kind === 'speculate' ? plan.depth : 0;
      const accepted = right[index] ? drafted : 0;
      generations[index]?.observe({
        plan,
        drafted,
        accepted,
        emitted: accepted + 1,
        perDepth: Array.from({ length: drafted }, () => ({ drafted: 1, accepted: accepted > 0 })),
        milliseconds: { draft: 0.01, forward: forward(forwardTokens), verify: 0 },
        activeSequences,
        forwardTokens,
        contextLength: 100 + round,
      });
    }
  }
  return plans;
}

const guessing = (plans: readonly DraftPlan[] = []): number =>
  plans.slice(-40).filter(({ kind }) => kind === 'speculate').length;

describe('Controllers', () => {
  it('gives each of two generations at a time plans for its own content', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    const [copying, chatting] = runTogether([make(controllers), make(controllers)], [true, false], 100);
    expect(guessing(copying)).toBeGreaterThan(36);
    expect(guessing(chatting)).toBeLessThan(8);
  });

  it('lets a generation start from what those before it have learned', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    const first = (): DraftPlan[] => runTogether([make(controllers)], [false], 8)[0] ?? [];
    expect(guessing(first())).toBeGreaterThan(0);
    for (let generation = 0; generation < 5; generation++) first();
    expect(guessing(first())).toBe(0);
  });

  it('forgets settings that were not asked for in a long time, and none that is', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    const first = (): DraftPlan[] => runTogether([make(controllers)], [false], 8)[0] ?? [];
    for (let generation = 0; generation < 7; generation++) first();
    const askForOthers = (count: number): void => {
      for (let i = 1; i <= count; i++) {
        controllers.controller({ name: 'cost-aware', drafters, depth: undefined, minimumConfidence: i / 1000 });
      }
    };
    askForOthers(31);
    expect(guessing(first())).toBe(0);
    askForOthers(32);
    expect(guessing(first())).toBeGreaterThan(0);
  });

  it.each(CONTROLLERS)('gives every generation a %s controller of its own, even with the same options', (name) => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    expect(make(controllers, name, 4)).not.toBe(make(controllers, name, 4));
  });

  it('refuses what it cannot be', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    expect(() => make(controllers, 'clever' as ControllerName)).toThrow(InvalidArgumentError);
    expect(() => make(controllers, 'fixed', 65)).toThrow(InvalidArgumentError);
    expect(() => controllers.controller({ name: 'fixed', drafters, depth: 4, minimumConfidence: 2 })).toThrow(
      InvalidArgumentError,
    );
  });
});
