import { planner } from '@foretoken/adaptive';
import type { DraftController, DraftTree, GatherPlan, NodeChoice, RoundSituation, TokenId } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const situation = (changes: Partial<RoundSituation> = {}): RoundSituation => ({
  ...{ drafters: ['a'], contextLength: 10, remainingTokens: 1000, activeSequences: 1 },
  ...changes,
});

const chain = (tokens: readonly number[], confidences?: readonly number[]): DraftTree => ({
  tokens: Int32Array.from(tokens),
  parents: Int32Array.from(tokens, (_, node) => node - 1),
  ...(confidences === undefined ? {} : { confidences: Float32Array.from(confidences) }),
});

interface Round {
  readonly choice: NodeChoice | undefined;
  readonly nodes: number;
}

/** A round whose drafters propose these trees, after which these tokens came. */
function round(
  controller: DraftController,
  trees: Readonly<Record<string, DraftTree | undefined>>,
  { tokens, forward = 1, ...changes }: { tokens: readonly number[]; forward?: number } & Partial<RoundSituation>,
): Round {
  const asked = situation({ drafters: Object.keys(trees), ...changes });
  const plan = controller.plan(asked) as GatherPlan;
  const proposals = plan.asks.map(({ drafter }) => ({ drafter, tree: trees[drafter], milliseconds: 0 }));
  const more = plan.askMore(proposals);
  if (more !== undefined) proposals.push({ drafter: more.drafter, tree: trees[more.drafter], milliseconds: 0.8 });
  const weighed = plan.weigh(proposals);
  const [choice] = plan.chooser.choose([{ weighed, maximumNodes: 64, milliseconds: 0 }], 0);
  const nodes = choice?.kind === 'nodes' ? choice.nodes.length : 0;
  controller.observe({
    plan: { kind: 'standard' },
    ...{ drafted: nodes, accepted: tokens.length - 1, emitted: tokens.length, perDepth: [], activeSequences: 1 },
    tokens: tokens.map((token) => token as TokenId),
    milliseconds: { draft: 0, forward: forward * (1 + nodes / 7), verify: 0 },
    contextLength: asked.contextLength,
  });
  return { choice, nodes };
}

describe('planner', () => {
  it('goes on guessing what comes true and stops what does not', () => {
    const shared = planner();
    const right = shared.forSequence();
    const wrong = shared.forSequence();
    let [good, bad]: Round[] = [];
    for (let i = 0; i < 60; i++) {
      good = round(right, { a: chain([1, 2, 3, 4]) }, { tokens: [1, 2, 3, 4, 5] });
      bad = round(wrong, { a: chain([1, 2, 3, 4]) }, { tokens: [9] });
    }
    expect(good?.nodes).toBe(4);
    expect(bad?.choice).toEqual({ kind: 'standard', reason: 'not-worth-it' });
  });

  it('learns from what was not sent, so that nothing is parked for good', () => {
    const controller = planner().forSequence();
    for (let i = 0; i < 200; i++) round(controller, { a: chain([1, 2, 3, 4]) }, { tokens: [9] });
    let rounds = 0;
    for (let position = 0; rounds < 64; rounds++, position++) {
      const coming = [0, 1, 2, 3].map((ahead) => position + ahead);
      const { nodes } = round(controller, { a: chain(coming) }, { tokens: [position] });
      if (nodes > 0) break;
    }
    expect(rounds).toBeLessThan(40);
  });

  it('tells sure guesses of a drafter from unsure ones', () => {
    const controller = planner().forSequence();
    let last: Round | undefined;
    for (let i = 0; i < 100; i++) {
      round(controller, { a: chain([1, 2], [0.9, 0.9]) }, { tokens: [1, 2, 3] });
      last = round(controller, { a: chain([1, 2], [0.25, 0.25]) }, { tokens: [9] });
    }
    expect(last?.nodes).toBe(0);
    expect(round(controller, { a: chain([1, 2], [0.9, 0.9]) }, { tokens: [1, 2, 3] }).nodes).toBe(2);
  });

  it('merges what several drafters propose, and lets siblings share what is left of one', () => {
    const controller = planner().forSequence();
    const plan = controller.plan(situation({ drafters: ['a', 'b'] })) as GatherPlan;
    const weighed = plan.weigh([
      { drafter: 'a', tree: chain([1, 2], [0.9, 0.5]), milliseconds: 0 },
      { drafter: 'b', tree: chain([3, 4], [0.8, 0.5]), milliseconds: 0 },
      { drafter: 'c', tree: chain([1, 5], [0.3, 0.5]), milliseconds: 0 },
    ]);
    expect([...(weighed?.tree.tokens ?? [])]).toEqual([1, 2, 3, 4, 5]);
    expect([...(weighed?.tree.parents ?? [])]).toEqual([-1, 0, -1, 2, 0]);
    const [first = 0, , third = 0] = weighed?.survival ?? [];
    expect(first + third).toBeLessThanOrEqual(1);
    expect(first).toBeGreaterThan(third);
  });

  it('takes the likeliest nodes of all sequences of a forward, and says when load is what keeps one from guessing', () => {
    const calibration = [1, 2, 3, 4].map((tokens) => ({ tokens, milliseconds: tokens < 4 ? 10 : 20 }));
    const shared = planner({ calibration });
    const gathered = [0.9, 0.2].map((confidence) => {
      const plan = shared.forSequence().plan(situation({ activeSequences: 2, otherTokens: 1 })) as GatherPlan;
      const weighed = plan.weigh([{ drafter: 'a', tree: chain([1], [confidence]), milliseconds: 0 }]);
      return { plan, weighed, maximumNodes: 64, milliseconds: 0 };
    });
    expect(gathered[0]?.plan.chooser.choose(gathered, 0)).toEqual([
      { kind: 'nodes', nodes: [0] },
      { kind: 'standard', reason: 'load' },
    ]);
  });

  it('asks a costly drafter where it pays, and again after a bounded wait where it does not', () => {
    const controller = planner().forSequence();
    const trees = { model: chain([1, 2, 3, 4], [0.9, 0.9, 0.9, 0.9]) };
    const asked = (tokens: readonly number[]): boolean => {
      let isAsked = false;
      const watched: DraftController = {
        name: 'watched',
        plan: (now) => {
          const plan = controller.plan(now) as GatherPlan;
          return {
            ...plan,
            askMore: (proposals) => {
              const more = plan.askMore(proposals);
              isAsked = more !== undefined;
              return more;
            },
            weigh: (proposals) => plan.weigh(proposals),
          };
        },
        // A round without guesses brings a single token.
        observe: (outcome) =>
          controller.observe(isAsked ? outcome : { ...outcome, tokens: outcome.tokens.slice(0, 1) }),
      };
      round(watched, trees, { tokens, costlyDrafters: ['model'] });
      return isAsked;
    };
    const right = Array.from({ length: 50 }, () => asked([1, 2, 3, 4, 5]));
    expect(right.slice(10).every(Boolean)).toBe(true);
    const wrong = Array.from({ length: 1200 }, () => asked([9]));
    expect(wrong.slice(100).filter(Boolean).length).toBeLessThan(40);
    const waits = wrong
      .slice(100)
      .join()
      .split('true')
      .map((idle) => idle.split('false').length);
    expect(Math.max(...waits)).toBeLessThanOrEqual(260);
    const again = Array.from({ length: 400 }, () => asked([1, 2, 3, 4, 5]));
    expect(again.slice(-50).every(Boolean)).toBe(true);
  });

  it('lets a costly drafter read ahead where the answer may be long, and asks it at once after that', () => {
    const controller = planner().forSequence();
    const place = situation({ drafters: ['a', 'b'], costlyDrafters: ['b'], contextLength: 500 });
    expect(controller.readAhead?.({ ...place, costlyDrafters: [] })).toBeUndefined();
    expect(controller.readAhead?.({ ...place, remainingTokens: 2 })).toBeUndefined();
    const ahead = controller.readAhead?.(place);
    expect(ahead?.drafter).toBe('b');
    ahead?.done({ tokens: 256, milliseconds: 6 });
    expect((controller.plan(place) as GatherPlan).askMore([])?.drafter).toBe('b');
  });

  it('plans nothing for the last token, or without drafters', () => {
    expect(
      planner()
        .forSequence()
        .plan(situation({ remainingTokens: 1 })),
    ).toEqual({ kind: 'standard', reason: 'last-token' });
    expect(
      planner()
        .forSequence()
        .plan(situation({ drafters: [] })),
    ).toEqual({ kind: 'standard', reason: 'switched-off' });
  });

  it('refuses limits that are none', () => {
    expect(() => planner().forSequence({ maximumDepth: 0 })).toThrow(/maximumDepth/);
    expect(() => planner().forSequence({ minimumSurvival: 2 })).toThrow(/minimumSurvival/);
  });

  it('chooses trees within their bounds whatever it is told', () => {
    const absurd = fc.oneof(
      fc.double({ min: 0, max: 200 }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e300),
    );
    const nodes = fc.array(
      fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 9 }), fc.double({ min: 0, max: 1, noNaN: true })),
      {
        maxLength: 20,
      },
    );
    const trees = nodes.map((own): DraftTree | undefined =>
      own.length === 0
        ? undefined
        : {
            tokens: Int32Array.from(own, ([token]) => token),
            parents: Int32Array.from(own, ([, back], node) => Math.max(-1, node - 1 - back)),
            confidences: Float32Array.from(own, ([, , confidence]) => confidence),
          },
    );
    const rounds = fc.array(
      fc.record({
        a: trees,
        b: trees,
        forward: absurd,
        tokens: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(rounds, fc.nat({ max: 12 }), (all, maximumNodes) => {
        const controller = planner().forSequence();
        for (const { a, b, forward, tokens } of all) {
          const plan = controller.plan(situation({ drafters: ['a', 'b'] })) as GatherPlan;
          const proposals = Object.entries({ a, b }).map(([drafter, tree]) => ({
            drafter,
            tree,
            milliseconds: forward,
          }));
          const weighed = plan.weigh(proposals);
          const [choice] = plan.chooser.choose([{ weighed, maximumNodes, milliseconds: 0 }], 0);
          const chosen = choice?.kind === 'nodes' ? choice.nodes : [];
          expect(chosen.length).toBeLessThanOrEqual(maximumNodes);
          for (const [place, node] of chosen.entries()) {
            const parent = weighed?.tree.parents[node] ?? -2;
            expect(parent === -1 || chosen.slice(0, place).includes(parent)).toBe(true);
          }
          controller.observe({
            plan: { kind: 'standard' },
            ...{ drafted: chosen.length, accepted: 0, emitted: tokens.length, perDepth: [], activeSequences: 1 },
            tokens: tokens.map((token) => token as TokenId),
            milliseconds: { draft: forward, forward, verify: 0 },
            contextLength: 10,
          });
        }
      }),
    );
  });
});
