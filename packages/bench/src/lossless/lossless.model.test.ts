import { fileURLToPath } from 'node:url';
import {
  describeEnvironment,
  type LosslessRecord,
  losslessFailures,
  losslessResults,
  losslessSummary,
  readPrompts,
  runLosslessBenchmark,
} from '@foretoken/bench';
import { beforeAll, describe, expect, it } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Short prompts, because each answer of each configuration reads its prompt anew; one of each kind of work at least. */
const PROMPTS = [
  'chat/why-rust',
  'code/stack-in-typescript',
  'code-edit/change-port',
  'extraction/sentences-with-numbers',
  'list/table-of-multiples',
  'summarise-with-quotes/product-review',
  'translation/shop-signs',
  'translation/old-to-plain',
];

describe('speculation on the real model is lossless', () => {
  let record: LosslessRecord;
  beforeAll(async () => {
    const all = await readPrompts(here('../../prompts'));
    const prompts = all.filter(({ id }) => PROMPTS.includes(id));
    expect(prompts).toHaveLength(PROMPTS.length);
    record = await runLosslessBenchmark({
      environment: await describeEnvironment(here('.'), new Date()),
      prompts,
      maximumTokens: 48,
    });
    console.log(losslessSummary(record));
  });

  it('answers every prompt with every drafter as standard decoding does', () => {
    expect(losslessFailures(record)).toEqual([]);
    expect(record.samples).toHaveLength(PROMPTS.length * record.options.configurations.length);
  });

  it('has guesses accepted and guesses rejected', () => {
    for (const { configuration, acceptanceRate } of losslessResults(record.samples)) {
      expect(acceptanceRate, configuration).toBeLessThan(1);
      if (!configuration.startsWith('noise')) expect(acceptanceRate, configuration).toBeGreaterThan(0);
    }
  });
});
