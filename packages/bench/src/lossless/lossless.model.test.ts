import { fileURLToPath } from 'node:url';
import { acceptanceRate } from '@foretoken/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPrompts } from '../prompts/read-prompts.js';
import { describeEnvironment } from '../results/environment.js';
import { runLosslessBenchmark } from './lossless-benchmark.js';
import type { LosslessRecord } from './lossless-record.js';
import { losslessFailures, losslessResults, losslessSummary } from './lossless-summary.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * One of each kind of work. `pnpm bench:lossless` compares every answer; here each configuration meets two prompts,
 * one that is mostly copied and one that is not, and each prompt a quarter of the configurations.
 */
const PROMPTS = [
  'chat/why-rust',
  'code/stack-in-typescript',
  'list/packing-list',
  'translation/shop-signs',
  'code-edit/change-port',
  'extraction/sentences-with-numbers',
  'summarise-with-quotes/product-review',
  'translation/old-to-plain',
];
const EVERY = 4;

describe('speculation on the real model is lossless', () => {
  let record: LosslessRecord;
  beforeAll(async () => {
    const all = await readPrompts(here('../../prompts'));
    const prompts = PROMPTS.flatMap((wanted) => all.filter(({ id }) => id === wanted));
    expect(prompts).toHaveLength(PROMPTS.length);
    record = await runLosslessBenchmark({
      environment: await describeEnvironment(here('.'), new Date()),
      prompts,
      maximumTokens: 48,
      compares: (prompt, configuration) => (prompt + configuration) % EVERY === 0,
    });
    console.log(losslessSummary(record));
  });

  it('answers every prompt with every drafter as standard decoding does', () => {
    expect(losslessFailures(record)).toEqual([]);
    expect(record.samples).toHaveLength((PROMPTS.length / EVERY) * record.options.configurations.length);
  });

  it('has guesses accepted and guesses rejected', () => {
    for (const { configuration, statistics } of losslessResults(record.samples)) {
      const rate = acceptanceRate(statistics);
      // What the draft model, the target itself, guessed behind the token limit or the end token is all that may fall.
      if (configuration === 'draft-model-chain') expect(rate, configuration).toBeGreaterThan(0.9);
      else expect(rate, configuration).toBeLessThan(1);
      if (!configuration.startsWith('noise')) expect(rate, configuration).toBeGreaterThan(0);
    }
  });
});
