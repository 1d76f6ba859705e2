/*
 * Compares the logits of random passes over a model (trees, batches, pieces, forks, preemptions, threads) with those of the
 * same texts token by token alone, bit by bit. Ends with 1 where one differs. Fetches nothing.
 * Usage: pnpm measure:bits MODEL [--arithmetic exact|integer] [--runs 5] [--longest 10] [--context 320] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { loadTensorFlow } from '@foretoken/tensorflow';
import fc from 'fast-check';
import { loadFusedOperators } from '../../backend/src/executors/fused/load-fused-operators.js';
import { loadModel } from '../../backend/src/models/load-model.js';
import { AloneLogits, BITS_SEQUENCES, bitsSteps, checkBits } from '../../backend/src/models/testing/same-bits.js';
import { seededRandom } from '../../core/src/testing/seeded-random.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    arithmetic: { type: 'string' },
    runs: { type: 'string', default: '5' },
    longest: { type: 'string', default: '10' },
    context: { type: 'string', default: '320' },
    seed: { type: 'string', default: '1' },
  },
});
const [reference = 'smollm2-135m-instruct'] = positionals;
const [runs, longest, contextLength, seed] = [values.runs, values.longest, values.context, values.seed].map(Number);

const fused = await loadFusedOperators(await loadTensorFlow({ device: 'cpu' }));
if (fused.kind === 'unavailable') throw new Error(fused.reason);
const { operators } = fused;
const { model, name, arithmetic, close } = await loadModel(reference, {
  ...{ device: 'cpu', executor: 'fused', allowDownload: false, slots: BITS_SEQUENCES + 1, contextLength },
  ...(values.arithmetic === undefined ? {} : { arithmetic: values.arithmetic as 'exact' | 'integer' }),
});
const setThreads = (count: number): void => operators.setThreads(count);
const alone = new AloneLogits(model, setThreads);
const random = seededRandom(seed);
const text = Array.from({ length: contextLength }, () => Math.floor(random() * model.vocabularySize));
const lengths = fc.array(fc.integer({ min: 1, max: Math.floor(contextLength / 2) }), { minLength: 1, maxLength: 4 });
let compared = 0;
// A failure is not shrunk: with a large model each try takes long.
for (const [steps, begun] of fc.sample(fc.tuple(bitsSteps(model.vocabularySize, longest), lengths), {
  numRuns: runs,
  seed,
})) {
  compared += await checkBits({ model, setThreads, alone, text, lengths: begun, steps });
  console.log(`${name}, ${arithmetic}, ${operators.instructions}: ${compared} rows with the same bits as alone`);
}
close();
