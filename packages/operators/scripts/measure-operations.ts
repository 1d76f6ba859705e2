/*
 * Milliseconds of a forward pass by operation, for passes of several rows behind several contexts. The sizes take turns.
 * Usage: pnpm measure:operations [--model REFERENCE] [--arithmetic exact|integer] [--rows 1,4,8] [--contexts 128,2048]
 *        [--rounds 20] [--kv-precision float32|float16]
 */
import { parseArgs } from 'node:util';
import { loadTensorFlow } from '@foretoken/tensorflow';
import { loadFusedOperators } from '../../backend/src/executors/fused/load-fused-operators.js';
import { loadModel } from '../../backend/src/models/load-model.js';
import type { Instruction } from '../src/program.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'smollm2-135m-instruct' },
    arithmetic: { type: 'string' },
    rows: { type: 'string', default: '1,4,8' },
    contexts: { type: 'string', default: '128,2048' },
    rounds: { type: 'string', default: '20' },
    'kv-precision': { type: 'string', default: 'float32' },
  },
});
const sizes = values.rows.split(',').map(Number);
const contexts = values.contexts.split(',').map(Number);

const fused = await loadFusedOperators(await loadTensorFlow({ device: 'cpu' }));
if (fused.kind === 'unavailable') throw new Error(fused.reason);
const { operators } = fused;
// The executor keeps its program to itself.
let program: ReturnType<typeof operators.createProgram> | undefined;
let instructions: readonly Instruction[] = [];
const create = operators.createProgram.bind(operators);
operators.createProgram = (options) => {
  instructions = options.instructions;
  program = create(options);
  return program;
};
const loaded = await loadModel(values.model, {
  ...{ device: 'cpu', executor: 'fused', slots: contexts.length },
  ...{ contextLength: Math.max(...contexts) + Math.max(...sizes) },
  ...(values.arithmetic === undefined ? {} : { arithmetic: values.arithmetic as 'exact' | 'integer' }),
  kvPrecision: values['kv-precision'] as 'float32' | 'float16',
});
if (program === undefined) throw new Error('no program was made');
const { model } = loaded;
const measured = program;
console.log(
  `${loaded.name}, ${loaded.arithmetic}, ${operators.instructions}, ${operators.threads} threads, cache in ${values['kv-precision']}`,
);

const names = operationNames(instructions);
const tokensOf = (count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, index) => (1000 + 37 * index) % model.vocabularySize);
const sequences = [];
for (const context of contexts) {
  const sequence = model.openSequence();
  for (let from = 0; from < context; from += 256) {
    const tokens = tokensOf(Math.min(256, context - from));
    await model.forward([{ sequence, tokens, want: 'none' }]);
    sequence.commit([...tokens.keys()]);
  }
  sequences.push({ context, sequence });
}

const rows = sizes.flatMap((size) =>
  sequences.map((place) => ({ size, ...place, times: [] as Map<string, number>[] })),
);
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const { size, sequence, times } of rows) {
    operators.takeTimes(measured);
    const { scores } = await model.forward([{ sequence, tokens: tokensOf(size), want: 'all' }]);
    scores[0]?.argmax();
    sequence.commit([]);
    const sums = new Map<string, number>();
    operators.takeTimes(measured).forEach((nanoseconds, index) => {
      const name = names[index] ?? 'best token';
      sums.set(name, (sums.get(name) ?? 0) + nanoseconds / 1e6);
    });
    // The first pass reads weights and finds memory.
    if (round > 0) times.push(sums);
  }
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const kinds = [...new Set([...names, 'best token'])];
console.log(`| rows | context | ${kinds.join(' | ')} | all |`);
console.log(`| ---: | ---: |${' ---: |'.repeat(kinds.length + 1)}`);
for (const { size, context, times } of rows) {
  const cells = kinds.map((kind) => median(times.map((sums) => sums.get(kind) ?? 0)));
  const all = median(times.map((sums) => [...sums.values()].reduce((sum, value) => sum + value, 0)));
  console.log(`| ${[size, context, ...[...cells, all].map((value) => value.toFixed(2))].join(' | ')} |`);
}
loaded.close();

/** What each instruction is, as a decoder's layers have them: products with the norm and the rounding of their input. */
function operationNames(list: readonly Instruction[]): readonly string[] {
  const products = ['query, key, value', 'attention output', 'gate and up', 'down'];
  const last = list.findLastIndex(({ kind }) => kind === 'linear');
  let product = 0;
  return list.map((instruction, index) => {
    if (index === last) return 'output projection';
    if (instruction.kind === 'linear') return products[product++ % products.length] ?? '';
    return instruction.kind === 'attention' ? 'attention' : 'other';
  });
}
