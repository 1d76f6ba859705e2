import { planner, standard } from '@foretoken/adaptive';
import type { DraftPlan } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { describeEnvironment } from '../results/environment.js';
import { BATCH_CONTENTS } from './batch-scenarios.js';
import { compareControllers } from './compare-controllers.js';
import { runControllersBenchmark } from './controllers-record.js';
import { controllersSummary } from './controllers-summary.js';
import { independent, regimes } from './guessability.js';
import { MACHINES } from './machines.js';
import { SCENARIOS } from './scenarios.js';
import { simulate, simulatedText } from './simulate.js';

// Other seeds than those that the defaults were chosen with.
const comparisons = SCENARIOS.map((scenario) => compareControllers(scenario, { tokens: 2500, seeds: [2001] }));

describe('the planner in the simulator', () => {
  it.each(comparisons.map((comparison) => [`${comparison.scenario.machine}, ${comparison.scenario.name}`, comparison]))(
    '%s',
    (_, { scenario, bestFixed, controllers }) => {
      const { speed } = controllers.planner;
      // Under load a draft model is first tried after 256 tokens: that it costs next to nothing here is not known before.
      const isLate = scenario.machine === 'server' && scenario.drafters.model !== undefined;
      expect(speed / bestFixed).toBeGreaterThanOrEqual(scenario.kind === 'changing' || isLate ? 0.9 : 0.95);
      // What can't be guessed must not be paid for.
      expect(speed).toBeGreaterThanOrEqual(0.97);
      const others = Math.max(controllers.heuristic.speed, controllers.exponentialAverage.speed);
      expect(speed / others).toBeGreaterThanOrEqual(0.97);
    },
  );

  it('stops when no guess holds any longer, and goes on as soon as guesses hold again', () => {
    const drafters = { lookup: { guesses: regimes([0.9, 0], 600) } };
    const calibration = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: MACHINES.cpu.forward(tokens) }));
    for (const seed of [1, 2, 3, 4, 5]) {
      const controller = planner({ calibration }).forSequence();
      const text = simulatedText(drafters, 1800, seed);
      const seen: { position: number; depth: number }[] = [];
      const onRound = ({ position, plan }: { readonly position: number; readonly plan: DraftPlan }): void =>
        void seen.push({ position, depth: plan.kind === 'standard' ? 0 : plan.depth });
      simulate(controller, { drafters, text, machine: MACHINES.cpu, seed, onRound });
      const depths = (from: number, to: number): number[] =>
        seen.filter(({ position }) => position >= from && position < to).map(({ depth }) => depth);
      const share = (values: readonly number[], fits: (depth: number) => boolean): number =>
        values.filter(fits).length / values.length;
      expect(share(depths(200, 600), (depth) => depth >= 4)).toBeGreaterThan(0.9);
      // Whatever is left after 20 rounds costs no more than one row does.
      expect(share(depths(600, 1200).slice(20), (depth) => depth <= 4)).toBe(1);
      expect(share(depths(600, 1200).slice(100), (depth) => depth === 0)).toBeGreaterThan(0.6);
      const again = depths(1200, 1800).findIndex((depth) => depth >= 4);
      expect(again).toBeGreaterThanOrEqual(0);
      expect(again).toBeLessThan(64);
    }
  });
});

describe('simulate', () => {
  const drafters = { lookup: { guesses: independent(1) } };
  const text = simulatedText(drafters, 100, 1);

  it('takes a forward for each token of standard decoding, and as many rounds', () => {
    const plans: string[] = [];
    const onRound = ({ plan }: { readonly plan: DraftPlan }) => void plans.push(plan.kind);
    const result = simulate(standard(), { drafters, text, machine: MACHINES.cpu, seed: 1, onRound });
    expect(result).toEqual({ milliseconds: 4400, switchRate: 0 });
    expect(plans).toEqual(Array.from({ length: 100 }, () => 'standard'));
  });

  it('shows the same to controllers whatever they do, so that runs can be compared', () => {
    expect(simulatedText(drafters, 100, 1)).toEqual(text);
  });
});

describe('bench:controllers', () => {
  it('prints every scenario with every controller', async () => {
    const environment = await describeEnvironment('.', new Date(0));
    const batchContents = BATCH_CONTENTS.slice(0, 1);
    const record = runControllersBenchmark({ environment, tokens: 60, seeds: [1], batchContents });
    const summary = controllersSummary(record);
    for (const { name } of SCENARIOS) expect(summary).toContain(name);
    expect(summary).toContain('exponentialAverage');
    expect(summary).toContain('| fused, nothing to guess ');
  });
});
