import { planner, standard } from '@foretoken/adaptive';
import type { DraftController } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { BATCH_CONTENTS } from './batch-scenarios.js';
import { compareBatch } from './compare-batches.js';
import { independent } from './guessability.js';
import { MACHINES, type MachineName } from './machines.js';
import { simulatedText } from './simulate.js';
import { simulateBatch } from './simulate-batch.js';

// Another seed than those that the defaults were chosen with.
const SEEDS = [3001];

describe.each(Object.keys(MACHINES) as MachineName[])('the planner in batches on %s', (machine) => {
  it.each(BATCH_CONTENTS.map((content) => [content.name, content] as const))('%s', (_, content) => {
    for (const { sequences, fixed, planner: learned } of compareBatch(content, { machine, seeds: SEEDS }).sizes) {
      expect(learned / Math.max(1, fixed), `${sequences} sequences`).toBeGreaterThanOrEqual(0.95);
      if (content.useless) expect(learned, `${sequences} sequences`).toBeGreaterThanOrEqual(0.97);
    }
  });
});

describe('simulateBatch', () => {
  const lookup = (chance: number) => ({ lookup: { guesses: independent(chance) } });
  const request = (chance: number, seed: number) => {
    const drafters = lookup(chance);
    return { drafters, text: simulatedText(drafters, 400, seed), promptTokens: 30 };
  };

  it('takes a forward for each token of standard decoding, whatever decodes beside, and one for a short prompt', () => {
    const requests = [request(1, 1), request(0, 2)];
    const result = simulateBatch(standard, { requests, sequences: 2, machine: MACHINES.cpu, seed: 1 });
    expect(result).toMatchObject({ tokens: 800, forwards: 401, drafted: 0 });
    expect(result.milliseconds).toBeCloseTo(400 * 46 + MACHINES.cpu.forward(60), 6);
  });

  it('lets a sequence that copies guess deep, and one beside it that does not guess next to nothing', () => {
    const calibration = [1, 2, 4, 8, 16].map((tokens) => ({ tokens, milliseconds: MACHINES.fused.forward(tokens) }));
    const shared = planner({ calibration });
    const drafted: number[][] = [];
    const watched = (): DraftController => {
      const controller = shared.forSequence();
      const own: number[] = [];
      drafted.push(own);
      return {
        name: 'watched',
        plan: (situation) => controller.plan(situation),
        observe: (outcome) => {
          own.push(outcome.drafted);
          controller.observe(outcome);
        },
      };
    };
    const requests = [request(0.97, 3), request(0, 4)];
    simulateBatch(watched, { requests, sequences: 2, machine: MACHINES.fused, seed: 3 });
    const share = (own: readonly number[] = []): number =>
      own.slice(20, 60).filter((count) => count > 0).length / own.slice(20, 60).length;
    expect(share(drafted[0])).toBeGreaterThan(0.9);
    expect(share(drafted[1])).toBeLessThan(0.2);
  });
});
