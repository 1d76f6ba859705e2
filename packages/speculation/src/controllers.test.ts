import { type DraftController, type GatherPlan, InvalidArgumentError, type TokenId } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { CONTROLLERS, type ControllerName, Controllers } from './controllers.js';

/** Milliseconds of a forward by its tokens: a row more costs a tenth. */
const forward = (tokens: number): number => 7 + 0.7 * tokens;
const calibration = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: forward(tokens) }));
const drafters = ['suffix'];

const make = (controllers: Controllers, name: ControllerName = 'auto', depth?: number): DraftController =>
  controllers.controller({ name, drafters, depth, minimumConfidence: 0 });

/** Rounds of generations that share each forward: what is guessed for the n-th is right if `right[n]`. Guesses sent. */
function runTogether(generations: readonly DraftController[], right: readonly boolean[], rounds: number): number[][] {
  const sent: number[][] = generations.map(() => []);
  const activeSequences = generations.length;
  for (let round = 0; round < rounds; round++) {
    const situation = {
      ...{ drafters, contextLength: 100 + round, remainingTokens: 500, activeSequences },
      otherTokens: activeSequences - 1,
    };
    const gathered = generations.map((generation, index) => {
      const plan = generation.plan(situation) as GatherPlan;
      const [ask] = plan.asks;
      const tokens = Int32Array.from({ length: ask?.depth ?? 0 }, (_, i) => (right[index] ? i : 1000 + i));
      const tree = { tokens, parents: tokens.map((_, i) => i - 1) };
      const weighed = plan.weigh([{ drafter: 'suffix', tree, milliseconds: 0.01 }]);
      return { plan, weighed, maximumNodes: 64, milliseconds: 0.01 };
    });
    const choices = gathered[0]?.plan.chooser.choose(gathered, 0) ?? [];
    const counts = choices.map((choice) => (choice.kind === 'nodes' ? choice.nodes.length : 0));
    const forwardTokens = counts.reduce((sum, count) => sum + count, activeSequences);
    for (const [index, drafted] of counts.entries()) {
      sent[index]?.push(drafted);
      const accepted = right[index] ? drafted : 0;
      generations[index]?.observe({
        plan: { kind: 'standard' },
        ...{ drafted, accepted, emitted: accepted + 1, activeSequences, forwardTokens, contextLength: 100 + round },
        tokens: Array.from({ length: accepted + 1 }, (_, i) => i as TokenId),
        perDepth: Array.from({ length: drafted }, () => ({ drafted: 1, accepted: accepted > 0 })),
        milliseconds: { draft: 0.01, forward: forward(forwardTokens), verify: 0 },
      });
    }
  }
  return sent;
}

const guessing = (sent: readonly number[] = []): number => sent.slice(-40).filter((count) => count > 0).length;

describe('Controllers', () => {
  it('gives each of two generations at a time guesses for its own content', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    const [copying, chatting] = runTogether([make(controllers), make(controllers)], [true, false], 100);
    expect(guessing(copying)).toBeGreaterThan(36);
    expect(guessing(chatting)).toBeLessThan(8);
  });

  it('lets a generation start from what those before it have learned', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    const first = (): number[] => runTogether([make(controllers)], [false], 40)[0] ?? [];
    expect(first()[0]).toBeGreaterThan(0);
    for (let generation = 0; generation < 5; generation++) first();
    expect(guessing(first())).toBe(0);
  });

  it.each(CONTROLLERS)('gives every generation a controller of its own with %s, even with the same options', (name) => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    expect(make(controllers, name, 4)).not.toBe(make(controllers, name, 4));
  });

  it('holds `auto` to the depth and the confidence that were asked for', () => {
    const controllers = new Controllers({ calibration, defaultDepth: 7 });
    const shallow = controllers.controller({ name: 'auto', drafters, depth: 2, minimumConfidence: undefined });
    expect(runTogether([shallow], [true], 50)[0]?.every((count) => count <= 2)).toBe(true);
    const sure = controllers.controller({ name: 'auto', drafters, depth: undefined, minimumConfidence: 1 });
    expect(guessing(runTogether([sure], [true], 50)[0])).toBe(0);
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
