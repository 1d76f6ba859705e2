/*
 * Milliseconds of a forward pass of SmolLM2-135M by rows, as one ForetokenProgram node; the sizes take turns, so that
 * they meet the same weather. Usage: npx tsx scripts/measure-forward.ts [rounds] [context]
 */
import { performance } from 'node:perf_hooks';
import { resolveModel } from '../../core/src/sources/index.js';
import { loadNative } from '../src/testing/load-native.js';
import { createProgramExecutor } from '../src/testing/program-executor.js';

const SIZES = (process.env.SIZES ?? '1,2,3,4,6,8,12,16,32').split(',').map(Number);
const [rounds = 30, context = 128] = process.argv.slice(2).map(Number);

const native = await loadNative();
const { weights } = await resolveModel('smollm2-135m-instruct');
const started = performance.now();
const { executor } = await createProgramExecutor({ ...native, path: weights, slots: 1, slotCapacity: 2048 });
console.log(
  `${native.operators.instructions}, ${native.operators.threads} threads, opened in ${(performance.now() - started).toFixed(0)} ms`,
);

/** Milliseconds on the clock, and of all cores together. */
interface Cost {
  readonly wall: number;
  readonly cores: number;
}

const pass = (start: number, count: number, scored: number[]): Cost => {
  const tokens = Int32Array.from({ length: count }, (_, index) => (1000 + 37 * index) % 49_152);
  const parents = Int32Array.from({ length: count }, (_, index) => index - 1);
  const from = performance.now();
  const used = process.cpuUsage();
  executor.run({ sequences: [{ slot: 0, start, tokens, parents }], scoredRows: Int32Array.from(scored) }).argmax();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - from, cores: (user + system) / 1000 };
};
const prefills = Array.from({ length: 3 }, () => pass(0, 512, []));
pass(0, context, []);
const times = new Map<number, Cost[]>(SIZES.map((size) => [size, []]));
for (let round = 0; round < rounds; round++) {
  for (const [size, list] of times)
    list.push(
      pass(
        context,
        size,
        Array.from({ length: size }, (_, index) => index),
      ),
    );
}
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const least = (list: readonly number[]): number => Math.min(...list);
const one = times.get(1) ?? [];
for (const [size, list] of times) {
  const walls = list.map(({ wall }) => wall);
  const cores = list.map((cost) => cost.cores);
  const ratios = walls.map((value, index) => value / (one[index]?.wall ?? Number.NaN));
  const numbers = {
    median: median(walls),
    least: least(walls),
    ratio: median(ratios),
    cores: median(cores),
    coresLeast: least(cores),
  };
  console.log(
    `${String(size).padStart(3)} rows`,
    Object.entries(numbers)
      .map(([name, value]) => `${name} ${value.toFixed(2)}`)
      .join(', '),
  );
}
console.log(
  `prefill of 512: least ${least(prefills.map(({ wall }) => wall)).toFixed(0)} ms, cores ${least(prefills.map(({ cores }) => cores)).toFixed(0)} ms`,
);
console.log(`resident: ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
executor.close();
