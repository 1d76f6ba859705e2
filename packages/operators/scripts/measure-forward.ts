/*
 * Milliseconds of a forward pass of SmolLM2-135M by rows, as one ForetokenProgram node; the sizes take turns, so that
 * they meet the same weather. Usage: pnpm measure:forward [rounds] [context]
 */
import { performance } from 'node:perf_hooks';
import { loadTensorFlow } from '@foretoken/tensorflow';
import { loadFusedOperators } from '../../backend/src/executors/fused/load-fused-operators.js';
import { loadModel } from '../../backend/src/models/load-model.js';

const SIZES = (process.env.SIZES ?? '1,2,3,4,6,8,12,16,32').split(',').map(Number);
const [rounds = 30, context = 128] = process.argv.slice(2).map(Number);

const fused = await loadFusedOperators(await loadTensorFlow({ device: 'cpu' }));
if (fused.kind === 'unavailable') throw new Error(fused.reason);
const { instructions, threads } = fused.operators;
const started = performance.now();
const { model } = await loadModel('smollm2-135m-instruct', { device: 'cpu', executor: 'fused', contextLength: 2048 });
console.log(`${instructions}, ${threads} threads, opened in ${(performance.now() - started).toFixed(0)} ms`);
const sequence = model.openSequence();

/** Milliseconds on the clock, and of all cores together. */
interface Cost {
  readonly wall: number;
  readonly cores: number;
}

const tokensOf = (count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, index) => (1000 + 37 * index) % 49_152);

const pass = async (count: number, want: 'all' | 'none'): Promise<Cost> => {
  const tokens = tokensOf(count);
  const from = performance.now();
  const used = process.cpuUsage();
  const { scores } = await model.forward([{ sequence, tokens, want }]);
  scores[0]?.argmax();
  const { user, system } = process.cpuUsage(used);
  const wall = performance.now() - from;
  sequence.commit([]);
  return { wall, cores: (user + system) / 1000 };
};

const prefills: Cost[] = [];
for (let round = 0; round < 3; round++) prefills.push(await pass(512, 'none'));
await model.forward([{ sequence, tokens: tokensOf(context), want: 'none' }]);
sequence.commit(Array.from({ length: context }, (_, index) => index));
const times = new Map<number, Cost[]>(SIZES.map((size) => [size, []]));
for (let round = 0; round < rounds; round++) {
  for (const [size, list] of times) list.push(await pass(size, 'all'));
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
model.close();
