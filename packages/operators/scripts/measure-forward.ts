/*
 * Milliseconds of a forward pass of SmolLM2-135M by rows, as one ForetokenProgram node; the sizes take turns, so that
 * they meet the same weather. Usage: npx tsx scripts/measure-forward.ts [rounds] [context]
 */
import { performance } from 'node:perf_hooks';
import { resolveModel } from '../../core/src/sources/index.js';
import { loadNative } from '../src/testing/load-native.js';
import { createProgramExecutor } from '../src/testing/program-executor.js';

const SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 32];
const [rounds = 30, context = 128] = process.argv.slice(2).map(Number);

const native = await loadNative();
const { weights } = await resolveModel('smollm2-135m-instruct');
const started = performance.now();
const { executor } = await createProgramExecutor({ ...native, path: weights, slots: 1, slotCapacity: 2048 });
console.log(`${native.operators.instructions}, ${native.operators.threads} threads, opened in ${(performance.now() - started).toFixed(0)} ms`);

const pass = (start: number, count: number, scored: number[]): number => {
  const tokens = Int32Array.from({ length: count }, (_, index) => 1000 + 37 * index);
  const parents = Int32Array.from({ length: count }, (_, index) => index - 1);
  const from = performance.now();
  executor.run({ sequences: [{ slot: 0, start, tokens, parents }], scoredRows: Int32Array.from(scored) }).argmax();
  return performance.now() - from;
};
const prefills = Array.from({ length: 3 }, () => pass(0, 512, []));
pass(0, context, []);
const times = new Map<number, number[]>(SIZES.map((size) => [size, []]));
for (let round = 0; round < rounds; round++) {
  for (const [size, list] of times) list.push(pass(context, size, Array.from({ length: size }, (_, index) => index)));
}
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const one = times.get(1) ?? [];
for (const [size, list] of times) {
  const ratios = list.map((value, index) => value / (one[index] ?? Number.NaN));
  console.log(
    `${String(size).padStart(3)} rows: median ${median(list).toFixed(2)} ms, least ${Math.min(...list).toFixed(2)} ms, c(n)/c(1) ${median(ratios).toFixed(2)} (least ${(Math.min(...list) / Math.min(...one)).toFixed(2)})`,
  );
}
console.log(`prefill of 512: least ${Math.min(...prefills).toFixed(0)} ms`);
console.log(`resident: ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
executor.close();
