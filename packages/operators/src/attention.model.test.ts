import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import type { NativeObject } from './native-object.js';
import type { NativeOperators } from './native-operators.js';
import type { Instruction } from './program.js';
import { loadNative, type Native } from './testing/load-native.js';
import { type Geometry, PlainCache, roundToHalf } from './testing/plain-attention.js';
import { openProgramGraph, type ProgramSequence } from './testing/program-graph.js';
import { randomFloats } from './testing/random-weights.js';
import { tableOf } from './testing/table-program.js';

let native: Native;
let operators: NativeOperators;
let threads: number;

beforeAll(async () => {
  native = await loadNative();
  ({ operators } = native);
  threads = operators.threads;
});

afterAll(() => operators.setThreads(threads));

/** Attention of rows of query, key and value, as a program of its own. */
async function attend(
  { heads, kvHeads, headSize }: Geometry,
  cache: NativeObject,
  options: Omit<Extract<Instruction, { readonly kind: 'attention' }>, 'kind' | 'input'>,
  values: Float32Array,
  sequences: readonly ProgramSequence[],
): Promise<Float32Array> {
  const columns = (heads + 2 * kvHeads) * headSize;
  const tokens = Int32Array.from({ length: values.length / columns }, (_, row) => row);
  const table = tableOf(operators, { values, shape: [tokens.length, columns] });
  const program = operators.createProgram({
    cache,
    instructions: [
      { kind: 'embedding', table },
      { kind: 'attention', input: 0, ...options },
      { kind: 'scoredRows', input: 1 },
    ],
  });
  const graph = await openProgramGraph(native.tf, [program]);
  try {
    graph.run(tokens, sequences);
    return Float32Array.from([...tokens].flatMap((row) => [...operators.logits(program, row)]));
  } finally {
    for (const object of [graph, program, table]) object.close();
  }
}

function randomRotation(random: () => number, positions: number, headSize: number): Float32Array {
  const table = new Float32Array(positions * headSize);
  for (let i = 0; i < table.length; i += 2) {
    const angle = 7 * random();
    table[i] = Math.cos(angle);
    table[i + 1] = Math.sin(angle);
  }
  return table;
}

/** Chains, bushes and anything between. */
function randomParents(random: () => number, count: number): Int32Array {
  const chain = random();
  return Int32Array.from({ length: count }, (_, i) => (random() < chain ? i - 1 : Math.floor(random() * (i + 1)) - 1));
}

function difference(a: Float32Array, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => {
    const distance = Math.abs(value - b[i]!);
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(most, distance);
  }, 0);
}

it('equals its plain twin over trees, slots, lengths, precisions, head norms, windows, rotations and threads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom([1, 1, 2], [4, 2, 6], [9, 3, 64], [8, 1, 80], [6, 6, 16], [40, 1, 4]),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(undefined, 1, 5, 128, 200),
      fc.integer({ min: 0, max: 1 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      async ([heads = 1, kvHeads = 1, headSize = 2], normed, half, window, rotation, count, seed) => {
        operators.setThreads(count);
        const random = seededRandom(seed);
        const geometry = { layers: 2, heads, kvHeads, headSize, slots: 3, slotCapacity: 700 };
        const tables = randomRotation(random, 2 * 700, headSize);
        const cache = operators.createCache({
          ...geometry,
          rotation: tables,
          rotations: 2,
          elements: half ? 'float16' : 'float32',
        });
        const norm = { weight: randomFloats(random, headSize), epsilon: 1e-3 };
        const [queryNorm, keyNorm] = [operators.createNorm(norm), operators.createNorm({ ...norm, epsilon: 1e-2 })];
        const options = {
          layer: 1,
          rotation,
          ...(normed ? { queryNorm, keyNorm } : {}),
          ...(window ? { window } : {}),
        };
        const twin = new PlainCache(
          geometry,
          tables.subarray(rotation * 700 * headSize),
          normed ? { query: norm, key: { ...norm, epsilon: 1e-2 } } : undefined,
          half ? roundToHalf : undefined,
          window,
        );
        // Single and double precision round a few numbers to different halves, each half a thousandth apart.
        const tolerance = half ? 1e-3 : 2e-5;
        const lengths = [0, 0, 0];
        const size = random() < 0.3 ? 300 : 12;
        for (let pass = 0; pass < 6; pass++) {
          const list = [2, 0, 1]
            .filter(() => random() < 0.7)
            .map((slot): ProgramSequence => {
              const tokens = Math.min(1 + Math.floor(size * random()), 700 - lengths[slot]!);
              return { slot, start: lengths[slot]!, parents: randomParents(random, tokens) };
            })
            .filter(({ parents }) => parents.length > 0);
          if (list.length === 0) continue;
          const tokens = list.reduce((sum, { parents }) => sum + parents.length, 0);
          const input = randomFloats(random, tokens * (heads + 2 * kvHeads) * headSize);
          const actual = await attend(geometry, cache, options, input, list);
          expect(difference(actual, twin.run(input, list))).toBeLessThan(tolerance);
          // As a decoder does it: some of the tokens stay, moved together, and the slot goes on behind them.
          for (const { slot, start, parents } of list) {
            const kept = [...parents.keys()].filter(() => random() < 0.8);
            const from = kept.map((token) => ({ slot, position: start + token }));
            const to = kept.map((_, index) => ({ slot, position: start + index }));
            operators.copyPositions(cache, from, to);
            twin.copy(from, to);
            lengths[slot] = start + kept.length;
            if (random() < 0.5) operators.discardPositions(cache, { slot, position: lengths[slot]! });
          }
        }
        for (const object of [cache, queryNorm, keyNorm]) object.close();
      },
    ),
    { numRuns: 40, seed: 3 },
  );
});

it('refuses passes that do not fit', async () => {
  const geometry = { layers: 1, heads: 1, kvHeads: 1, headSize: 2, slots: 2, slotCapacity: 4 };
  const cache = operators.createCache({ ...geometry, rotation: new Float32Array(2 * 3) });
  const run = (slot: number, start: number, parents: number[], tokens = parents.length): Promise<Float32Array> =>
    attend(geometry, cache, { layer: 0 }, new Float32Array(6 * tokens), [
      { slot, start, parents: Int32Array.from(parents) },
    ]);
  await expect(run(2, 0, [-1])).rejects.toThrow('beyond a cache of 2 slots of 4 positions');
  await expect(run(0, 4, [-1])).rejects.toThrow('beyond a cache');
  await expect(run(-1, 0, [-1])).rejects.toThrow('slot -1');
  await expect(run(0, 3, [-1])).rejects.toThrow('3 positions of the rotation table');
  await expect(run(0, 0, [0])).rejects.toThrow('a parent comes before its children');
  await expect(run(0, 0, [-1], 2)).rejects.toThrow('as many parents as tokens');
  expect(() => operators.createCache({ ...geometry, kvHeads: 2, rotation: new Float32Array(4) })).toThrow('share');
  expect(() => operators.createCache({ ...geometry, rotation: new Float32Array(3) })).toThrow('rotation');
  expect(() => operators.copyPositions(cache, [{ slot: 0, position: 4 }], [{ slot: 0, position: 0 }])).toThrow(
    'no position 4',
  );
  expect(() => operators.copyPositions(cache, [{ slot: 0, position: 0 }], [])).toThrow('as many');
  expect(() => operators.discardPositions(cache, { slot: 2, position: 0 })).toThrow('of slot 2');
  expect(() => operators.discardPositions(cache, { slot: 0, position: 5 })).toThrow('no position 5');
});
