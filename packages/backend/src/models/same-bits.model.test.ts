import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFusedOperators, loadModel } from '@foretoken/backend';
import type { Arithmetic } from '@foretoken/core';
import { ARITHMETICS } from '@foretoken/core';
import { loadTensorFlow } from '@foretoken/tensorflow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/src/testing/seeded-random.js';
import type { KvPrecision } from '../executors/executor.js';
import { chooseExecutor } from './choose-executor.js';
import { createModel } from './create-model.js';
import { FAMILIES } from './families/index.js';
import { randomWeights, smallConfiguration } from './testing/random-model.js';
import { AloneLogits, BITS_SEQUENCES, bitsSteps, checkBits, type SetThreads } from './testing/same-bits.js';
import { storedWeights } from './testing/stored-weights.js';

/** Longer than a span of positions that attention sums on its own. */
const CONTEXT = 320;

let folder: string;
let setThreads: SetThreads;
let threads: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-bits-'));
  const fused = await loadFusedOperators(await loadTensorFlow({ device: 'cpu' }));
  if (fused.kind === 'unavailable') throw new Error(fused.reason);
  const { operators } = fused;
  threads = operators.threads;
  setThreads = (count) => operators.setThreads(count);
});
afterAll(async () => {
  setThreads(threads);
  await rm(folder, { recursive: true });
});

async function smallModel(family: string, arithmetic: Arithmetic, kvPrecision: KvPrecision) {
  const configuration = {
    ...smallConfiguration(family),
    ...{ contextLength: CONTEXT, width: 64, feedForwardWidth: 96, headSize: 16 },
  };
  const path = join(folder, `${family}-${arithmetic}-${kvPrecision}.bin`);
  return createModel({
    configuration,
    weights: await storedWeights(randomWeights(7), configuration, path),
    executor: await chooseExecutor('fused', await loadTensorFlow({ device: 'cpu' })),
    ...{ slots: BITS_SEQUENCES + 1, slotCapacity: CONTEXT, arithmetic, kvPrecision },
  });
}

function textOf(vocabularySize: number): readonly number[] {
  const random = seededRandom(5);
  return Array.from({ length: CONTEXT }, () => Math.floor(random() * vocabularySize));
}

const lengths = fc.array(fc.integer({ min: 1, max: CONTEXT - 40 }), { minLength: 1, maxLength: 8 });

describe.each(ARITHMETICS)('logits in %s arithmetic have the same bits alone and', (arithmetic) => {
  describe.each(FAMILIES.map(({ name }) => name))('on a random %s model', (family) => {
    it.each<KvPrecision>(['float32', 'float16'])(
      'in batches, trees, pieces, forks and on threads, cache in %s',
      async (kvPrecision) => {
        const model = await smallModel(family, arithmetic, kvPrecision);
        const alone = new AloneLogits(model, setThreads);
        let compared = 0;
        const text = textOf(model.vocabularySize);
        await fc.assert(
          fc.asyncProperty(bitsSteps(model.vocabularySize, 24), lengths, async (steps, begun) => {
            compared += await checkBits({ model, setThreads, alone, text, lengths: begun, steps });
          }),
          { numRuns: 12, seed: 11 },
        );
        expect(compared).toBeGreaterThan(200);
        model.close();
      },
    );
  });

  it('on SmolLM2-135M in batches, trees, pieces, forks and on threads', async () => {
    const { model, close } = await loadModel('smollm2-135m-instruct', {
      ...{ device: 'cpu', executor: 'fused', arithmetic, slots: BITS_SEQUENCES + 1, contextLength: CONTEXT },
    });
    const alone = new AloneLogits(model, setThreads);
    let compared = 0;
    const text = textOf(model.vocabularySize);
    await fc.assert(
      fc.asyncProperty(
        bitsSteps(model.vocabularySize, 10),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
        async (steps, begun) => {
          compared += await checkBits({ model, setThreads, alone, text, lengths: begun, steps });
        },
      ),
      { numRuns: 3, seed: 11 },
    );
    expect(compared).toBeGreaterThan(40);
    close();
  });
});
