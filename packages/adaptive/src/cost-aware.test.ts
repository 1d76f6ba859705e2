import { ControllerOptionError, type CostAwareOptions, costAware } from '@foretoken/adaptive';
import type { DraftController, DraftPlan } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './testing/random.js';
import { depthOf, roundWith, situation } from './testing/rounds.js';

const flat = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: 10 }));
const steep = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: 10 * tokens }));
/** As the graph executor was measured on two CPU cores. */
const measured = Object.entries({ 1: 44, 2: 46, 4: 46, 8: 60, 16: 62 }).map(([tokens, milliseconds]) => ({
  tokens: Number(tokens),
  milliseconds,
}));
const costOf = (calibration: typeof flat) => (rows: number) => (calibration === steep ? 10 * rows : 10);

/** Rounds of text in which each guess of drafter `name` is right with chance `chances[name]`. */
function run(
  controller: DraftController,
  options: {
    rounds: number;
    chances: Record<string, number>;
    cost?: (rows: number) => number;
    draft?: Record<string, number>;
    seed?: number;
    activeSequences?: number;
  },
): DraftPlan[] {
  const { rounds, chances, cost = costOf(flat), draft = {}, seed = 1, activeSequences = 1 } = options;
  const random = seededRandom(seed);
  return Array.from({ length: rounds }, () => {
    const plan = controller.plan(situation({ drafters: Object.keys(chances), activeSequences }));
    const chance = plan.kind === 'speculate' ? (chances[plan.drafter] ?? 0) : 0;
    let accepted = 0;
    while (accepted < depthOf(plan) && random() < chance) accepted++;
    const forward = cost(activeSequences * (1 + depthOf(plan)));
    const outcome = roundWith(plan, { accepted, forward });
    const drafting = plan.kind === 'speculate' ? (draft[plan.drafter] ?? 0) * depthOf(plan) : 0;
    controller.observe({ ...outcome, activeSequences, milliseconds: { ...outcome.milliseconds, draft: drafting } });
    return plan;
  });
}

const last = (plans: readonly DraftPlan[], count = 50): readonly DraftPlan[] => plans.slice(-count);
const commonest = (plans: readonly DraftPlan[]): string => {
  const counts = new Map<string, number>();
  for (const plan of plans) {
    const name = plan.kind === 'standard' ? 'standard' : plan.drafter;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? '';
};

describe('costAware', () => {
  it('goes deep where rows are free and guesses hold, shallow where rows cost, to standard where nothing holds', () => {
    const deep = last(run(costAware({ calibration: flat }), { rounds: 150, chances: { a: 0.95 } }));
    // All but a look or two.
    expect(deep.filter((plan) => depthOf(plan) >= 8).length).toBeGreaterThanOrEqual(44);
    const costly = { calibration: steep };
    const none = last(run(costAware(costly), { rounds: 150, chances: { a: 0.95 }, cost: costOf(steep) }));
    expect(commonest(none)).toBe('standard');
    const wrong = last(run(costAware({ calibration: steep }), { rounds: 150, chances: { a: 0 }, cost: costOf(steep) }));
    expect(commonest(wrong)).toBe('standard');
  });

  it('counts the time that a drafter takes', () => {
    // Three tokens for thirty milliseconds of drafting, where a round of the target takes ten.
    const dear = run(costAware({ calibration: flat }), { rounds: 200, chances: { a: 0.7 }, draft: { a: 10 } });
    expect(commonest(last(dear))).toBe('standard');
    const cheap = run(costAware({ calibration: flat }), { rounds: 200, chances: { a: 0.7 }, draft: { a: 0.1 } });
    expect(commonest(last(cheap))).toBe('a');
  });

  it('finds the better drafter, whichever is named first', () => {
    for (const chances of [
      { good: 0.9, bad: 0.2 },
      { bad: 0.2, good: 0.9 },
    ]) {
      for (const seed of [1, 2, 3]) {
        expect(commonest(last(run(costAware({ calibration: flat }), { rounds: 300, chances, seed })))).toBe('good');
      }
    }
  });

  it('moves to the other drafter when the content does', () => {
    const controller = costAware({ calibration: flat });
    run(controller, { rounds: 200, chances: { a: 0.9, b: 0.1 } });
    const after = run(controller, { rounds: 120, chances: { a: 0.05, b: 0.9 } });
    expect(commonest(last(after))).toBe('b');
  });

  it('guesses less for each the more sequences there are, down to none', () => {
    const deepest = [1, 4, 16, 32, 64, 65, 500].map((activeSequences) => {
      const controller = costAware({ calibration: flat });
      const plans = run(controller, { rounds: 60, chances: { a: 0.99 }, activeSequences });
      return Math.max(...plans.map(depthOf));
    });
    expect(deepest).toEqual([16, 16, 4, 2, 1, 0, 0]);
  });

  it('learns what a batch costs, not only what calibration said of one sequence', () => {
    const options: CostAwareOptions = { calibration: flat };
    // Sixteen sequences: every row beyond them costs, which a calibration of up to sixteen rows could not show.
    const cost = (rows: number): number => 10 + Math.max(0, rows - 16);
    const plans = run(costAware(options), { rounds: 300, chances: { a: 0.3 }, cost, activeSequences: 16 });
    expect(commonest(last(plans, 100))).toBe('standard');
  });

  it('keeps asking a drafter that seldom has anything, because asking costs next to nothing', () => {
    const controller = costAware({ calibration: measured });
    let asked = 0;
    for (let round = 0; round < 300; round++) {
      const plan = controller.plan(situation());
      if (plan.kind === 'speculate') asked++;
      controller.observe(roundWith(plan, { drafted: 0, accepted: 0, forward: 44 }));
    }
    expect(asked).toBeGreaterThan(290);
  });

  it('serves one generation after another, however contexts and limits jump', () => {
    const controller = costAware({ calibration: flat });
    run(controller, { rounds: 150, chances: { a: 0.9 } });
    const plan = controller.plan(situation({ contextLength: 100_000, remainingTokens: 5 }));
    expect(depthOf(plan)).toBe(4);
    expect(depthOf(controller.plan(situation({ contextLength: 0, remainingTokens: 5000 })))).toBeGreaterThan(4);
  });

  it('does not hold the end of generation inside a draft against the drafter', () => {
    const plans = (endsInside: boolean): DraftPlan => {
      const controller = costAware({ calibration: measured });
      for (let round = 0; round < 60; round++) {
        const plan = controller.plan(situation());
        const accepted = Math.min(1, depthOf(plan));
        const outcome = roundWith(plan, { accepted, forward: 44 + 1.5 * depthOf(plan) });
        controller.observe({ ...outcome, emitted: endsInside ? accepted : accepted + 1 });
      }
      return controller.plan(situation());
    };
    expect(depthOf(plans(true))).toBeGreaterThan(depthOf(plans(false)));
  });

  it('asks for surer guesses the more a guess costs, and never for less than the option says', () => {
    const confidences = [0.95, 0.6, 0.3, 0.1];
    const minimum = (drafting: number, options: CostAwareOptions = {}): number[] => {
      const controller = costAware({ calibration: flat, ...options });
      const random = seededRandom(3);
      return Array.from({ length: 400 }, () => {
        const plan = controller.plan(situation());
        if (plan.kind === 'standard') {
          controller.observe(roundWith(plan, { accepted: 0, forward: 10 }));
          return 1;
        }
        const perDepth = [];
        let [path, accepted] = [1, 0];
        for (let depth = 0; depth < plan.depth; depth++) {
          const confidence = confidences[Math.floor(random() * confidences.length)] ?? 0;
          path *= confidence;
          if (path < plan.minimumConfidence) break;
          const judged = accepted === depth;
          const right = judged && random() < confidence;
          perDepth.push({ drafted: 1, accepted: right, ...(judged ? { confidence } : {}) });
          if (right) accepted++;
        }
        const drafted = perDepth.length;
        const milliseconds = { draft: drafting * drafted, forward: 10, verify: 0 };
        const rest = { drafted, accepted, emitted: accepted + 1, activeSequences: 1, contextLength: 10 };
        controller.observe({ plan, perDepth, milliseconds, ...rest });
        return plan.minimumConfidence;
      });
    };
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const free = mean(minimum(0).slice(200));
    const dear = mean(minimum(3).slice(200));
    expect(free).toBeLessThan(0.15);
    expect(dear).toBeGreaterThan(free + 0.1);
    expect(Math.min(...minimum(0, { minimumConfidence: 0.35 }))).toBeGreaterThanOrEqual(0.35);
  });
});

describe('save and load', () => {
  const learned = (): ReturnType<typeof costAware> => {
    const controller = costAware({ calibration: flat, widths: [1, 2] });
    run(controller, { rounds: 120, chances: { a: 0.9, b: 0.2 } });
    return controller;
  };

  it('goes on where it was saved, through JSON', () => {
    const state: unknown = JSON.parse(JSON.stringify(learned().save()));
    const controller = costAware({ calibration: flat, widths: [1, 2] });
    controller.load(state);
    expect(controller.save()).toEqual(state);
    const plan = controller.plan(situation({ drafters: ['a', 'b'] }));
    expect(plan).toMatchObject({ kind: 'speculate', drafter: 'a' });
    expect(depthOf(plan)).toBeGreaterThanOrEqual(6);
  });

  it.each([
    [undefined, 'state'],
    [{ version: 2 }, 'state.version'],
    [{ version: 1, cost: {}, drafters: [] }, 'state.cost.curve'],
    [{ version: 1, cost: { curve: [], levels: [] }, drafters: [{ drafter: 7 }] }, 'state.drafters[0].drafter'],
  ])('refuses %j, names %s', (state, where) => {
    expect(() => costAware().load(state)).toThrow(ControllerOptionError);
    expect(() => costAware().load(state)).toThrow(where);
  });

  it('refuses or survives any damage to a state, and changes nothing when it refuses', () => {
    const saved = JSON.stringify(learned().save());
    const damage = fc.oneof(fc.constantFrom(null, -1, 'x', [], {}, 1e308, -1e308, true), fc.double(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), damage, (path, value) => {
        const state = JSON.parse(saved);
        let node = state;
        let place: [Record<string, unknown>, string] | undefined;
        for (const step of path) {
          if (typeof node !== 'object' || node === null || Object.keys(node).length === 0) break;
          const keys = Object.keys(node);
          const key = keys[step % keys.length]!;
          place = [node, key];
          node = node[key];
        }
        place![0][place![1]] = value;
        const controller = costAware({ calibration: flat, widths: [1, 2] });
        const before = controller.save();
        try {
          controller.load(state);
        } catch (error) {
          expect(error).toBeInstanceOf(ControllerOptionError);
          expect(controller.save()).toEqual(before);
          return;
        }
        for (const plan of run(controller, { rounds: 30, chances: { a: 0.9, b: 0.2 } })) {
          if (plan.kind === 'standard') continue;
          expect(Number.isInteger(plan.depth) && plan.depth >= 1 && plan.depth <= 16).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('options', () => {
  it.each<CostAwareOptions>([
    { depths: [] },
    { depths: [2, 1] },
    { widths: [0] },
    { minimumConfidence: 1.1 },
    { window: 0 },
    { dwell: 1.5 },
    { hysteresis: -0.1 },
    { exploration: 2 },
    { nodesInFlight: 0 },
    { calibration: [{ tokens: 0, milliseconds: 1 }] },
    { calibration: [{ tokens: 1, milliseconds: 0 }] },
    {
      calibration: [
        { tokens: 1, milliseconds: 1 },
        { tokens: 1, milliseconds: 2 },
      ],
    },
  ])('refuses %j', (options) => {
    expect(() => costAware(options)).toThrow(ControllerOptionError);
  });
});
