import { exponentialAverage, fixed, heuristic, planner, standard } from '@foretoken/adaptive';
import type { DraftController } from '@foretoken/core';
import { sum } from '../results/statistics.js';
import { calibrationOf, MACHINES } from './machines.js';
import type { Scenario } from './scenarios.js';
import { simulate, simulatedText } from './simulate.js';

/** How long and how often each scenario runs. */
export interface ComparisonOptions {
  /** Tokens of each text. */
  readonly tokens: number;
  /** One text each. */
  readonly seeds: readonly number[];
}

/** What the controllers made of one scenario, over all seeds. */
export interface Comparison {
  readonly scenario: Scenario;
  /** Speed of the best fixed plan of each text, against standard decoding. */
  readonly bestFixed: number;
  /** The best fixed plan of the first text. */
  readonly bestPlan: string;
  readonly controllers: Readonly<Record<LearningController, ControllerResult>>;
}

export type LearningController = 'heuristic' | 'exponentialAverage' | 'planner';

export interface ControllerResult {
  /** Speed against standard decoding. */
  readonly speed: number;
  /** Changes of plan per round in the second half, mean over seeds. */
  readonly switchRate: number;
}

const DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16];
const LEAST_CONFIDENCES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9];

/** Decodes the texts of a scenario with every controller, and with every fixed plan to find the best in hindsight. */
export function compareControllers(scenario: Scenario, { tokens, seeds }: ComparisonOptions): Comparison {
  const machine = MACHINES[scenario.machine];
  const { drafters, widths = [1] } = scenario;
  const first = Object.keys(drafters)[0] ?? '';
  const texts = new Map(seeds.map((seed) => [seed, simulatedText(drafters, tokens, seed)]));
  const run = (seed: number, controller: DraftController) =>
    simulate(controller, { drafters, text: texts.get(seed) ?? new Map(), machine, seed });
  const baseline = sum(seeds, (seed) => run(seed, standard()).milliseconds);
  const plans = fixedPlans(scenario);
  const best = seeds.map((seed) => {
    const times = plans.map(({ name, controller }) => ({ name, milliseconds: run(seed, controller()).milliseconds }));
    return times.reduce((fastest, time) => (time.milliseconds < fastest.milliseconds ? time : fastest));
  });
  const measure = (controller: () => DraftController): ControllerResult => {
    const results = seeds.map((seed) => run(seed, controller()));
    return {
      speed: baseline / sum(results, ({ milliseconds }) => milliseconds),
      switchRate: sum(results, ({ switchRate }) => switchRate) / seeds.length,
    };
  };
  return {
    scenario,
    bestFixed: baseline / sum(best, ({ milliseconds }) => milliseconds),
    bestPlan: best[0]?.name ?? 'standard',
    controllers: {
      heuristic: measure(() => heuristic({ drafter: first })),
      exponentialAverage: measure(() => exponentialAverage({ drafter: first })),
      planner: measure(() =>
        planner({ calibration: calibrationOf(machine) }).forSequence({ width: Math.max(...widths) }),
      ),
    },
  };
}

function fixedPlans({ drafters, widths = [1] }: Scenario): { name: string; controller: () => DraftController }[] {
  const speculating = Object.entries(drafters).flatMap(([drafter, { guesses }]) => {
    const isConfident = guesses(1, 0)[0]?.confidence !== undefined;
    return (isConfident ? LEAST_CONFIDENCES : [0]).flatMap((minimumConfidence) =>
      widths.flatMap((width) =>
        DEPTHS.map((depth) => ({
          name: [
            `${drafter} ${depth}`,
            width > 1 ? ` x ${width}` : '',
            minimumConfidence > 0 ? ` >= ${minimumConfidence}` : '',
          ].join(''),
          controller: () => fixed({ drafter, depth, width, minimumConfidence }),
        })),
      ),
    );
  });
  return [{ name: 'standard', controller: standard }, ...speculating];
}
