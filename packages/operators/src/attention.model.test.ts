import type { NativeTensorFlow } from '@foretoken/tensorflow';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GraphBuilder } from '../../backend/src/executors/graph/graph-builder.js';
import { DataType } from '../../backend/src/executors/graph/graph-definition.js';
import type { NativeObject } from './native-object.js';
import type { NativeOperators } from './native-operators.js';
import { loadNative } from './testing/load-native.js';
import { openGraph } from './testing/open-graph.js';
import { type Geometry, PlainCache, type PlainSequence, roundToHalf } from './testing/plain-attention.js';
import { randomFloats, randomNumbers } from './testing/random-weights.js';

let tf: NativeTensorFlow;
let operators: NativeOperators;
let threads: number;

beforeAll(async () => {
  ({ tf, operators } = await loadNative());
  threads = operators.threads;
});

afterAll(() => operators.setThreads(threads));

interface AttentionNode {
  run(input: Float32Array, sequences: readonly PlainSequence[]): Float32Array;
  close(): void;
}

async function openAttention(
  geometry: Geometry,
  cache: NativeObject,
  options: { readonly layer: number; readonly queryNorm?: NativeObject; readonly keyNorm?: NativeObject },
): Promise<AttentionNode> {
  const width = (geometry.heads + 2 * geometry.kvHeads) * geometry.headSize;
  const graph = new GraphBuilder();
  const input = {
    node: graph.placeholder('input', DataType.float32, [-1, width]),
    type: DataType.float32,
    shape: [-1, width],
  };
  const parents = { node: graph.placeholder('parents', DataType.int32, [-1]), type: DataType.int32, shape: [-1] };
  const sequences = {
    node: graph.placeholder('sequences', DataType.int32, [-1, 3]),
    type: DataType.int32,
    shape: [-1, 3],
  };
  const node = graph.node('ForetokenAttention', [input.node, parents.node, sequences.node], {
    cache: { kind: 'int', value: cache.id },
    layer: { kind: 'int', value: options.layer },
    query_norm: { kind: 'int', value: options.queryNorm?.id ?? 0 },
    key_norm: { kind: 'int', value: options.keyNorm?.id ?? 0 },
  });
  graph.signature('run', {
    inputs: { input, parents, sequences },
    outputs: { output: { node, type: DataType.float32, shape: [-1, geometry.heads * geometry.headSize] } },
  });
  const model = await openGraph(tf, graph);
  return {
    run(values, list) {
      const feeds = {
        input: tf.tensor2d(values, [values.length / width, width], 'float32'),
        parents: tf.tensor1d(
          list.flatMap((sequence) => [...sequence.parents]),
          'int32',
        ),
        sequences: tf.tensor2d(
          list.flatMap(({ slot, start, parents: own }) => [slot, start, own.length]),
          [list.length, 3],
          'int32',
        ),
      };
      try {
        const { output } = model.predict(feeds) as Record<string, typeof feeds.input>;
        const result = Float32Array.from(output!.dataSync());
        output!.dispose();
        return result;
      } finally {
        for (const feed of Object.values(feeds)) feed.dispose();
      }
    },
    close: () => model.dispose(),
  };
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

it('equals its plain twin over trees, slots, lengths, precisions, head norms and threads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom([1, 1, 2], [4, 2, 6], [9, 3, 64], [8, 1, 80], [6, 6, 16], [40, 1, 4]),
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      async ([heads = 1, kvHeads = 1, headSize = 2], normed, half, count, seed) => {
        operators.setThreads(count);
        const random = randomNumbers(seed);
        const geometry = { layers: 2, heads, kvHeads, headSize, slots: 3, slotCapacity: 700 };
        const rotation = randomRotation(random, 700, headSize);
        const cache = operators.createCache({ ...geometry, rotation, elements: half ? 'float16' : 'float32' });
        const norm = { weight: randomFloats(random, headSize), epsilon: 1e-3 };
        const [queryNorm, keyNorm] = [operators.createNorm(norm), operators.createNorm({ ...norm, epsilon: 1e-2 })];
        const node = await openAttention(geometry, cache, { layer: 1, ...(normed ? { queryNorm, keyNorm } : {}) });
        const twin = new PlainCache(
          geometry,
          rotation,
          normed ? { query: norm, key: { ...norm, epsilon: 1e-2 } } : undefined,
          half ? roundToHalf : undefined,
        );
        // Single and double precision round a few numbers to different halves, each half a thousandth apart.
        const tolerance = half ? 1e-3 : 2e-5;
        const lengths = [0, 0, 0];
        const size = random() < 0.3 ? 300 : 12;
        for (let pass = 0; pass < 6; pass++) {
          const list = [2, 0, 1]
            .filter(() => random() < 0.7)
            .map((slot): PlainSequence => {
              const tokens = Math.min(1 + Math.floor(size * random()), 700 - lengths[slot]!);
              return { slot, start: lengths[slot]!, parents: randomParents(random, tokens) };
            })
            .filter(({ parents }) => parents.length > 0);
          if (list.length === 0) continue;
          const tokens = list.reduce((sum, { parents }) => sum + parents.length, 0);
          const input = randomFloats(random, tokens * (heads + 2 * kvHeads) * headSize);
          expect(difference(node.run(input, list), twin.run(input, list))).toBeLessThan(tolerance);
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
        for (const object of [node, cache, queryNorm, keyNorm]) object.close();
      },
    ),
    { numRuns: 30, seed: 3 },
  );
});

it('refuses passes that do not fit', async () => {
  const geometry = { layers: 1, heads: 1, kvHeads: 1, headSize: 2, slots: 2, slotCapacity: 4 };
  const cache = operators.createCache({ ...geometry, rotation: new Float32Array(2 * 3) });
  const node = await openAttention(geometry, cache, { layer: 0 });
  const run = (slot: number, start: number, parents: number[], tokens = parents.length): Float32Array =>
    node.run(new Float32Array(6 * tokens), [{ slot, start, parents: Int32Array.from(parents) }]);
  expect(() => run(2, 0, [-1])).toThrow('beyond a cache of 2 slots of 4 positions');
  expect(() => run(0, 4, [-1])).toThrow('beyond a cache');
  expect(() => run(-1, 0, [-1])).toThrow('slot -1');
  expect(() => run(0, 3, [-1])).toThrow('3 positions of the rotation table');
  expect(() => run(0, 0, [0])).toThrow('a parent comes before its children');
  expect(() => run(0, 0, [-1], 2)).toThrow('not of shape [1, 6]');
  expect(() => operators.createCache({ ...geometry, kvHeads: 2, rotation: new Float32Array(4) })).toThrow('share');
  expect(() => operators.createCache({ ...geometry, rotation: new Float32Array(3) })).toThrow('rotation');
  expect(() => operators.copyPositions(cache, [{ slot: 0, position: 4 }], [{ slot: 0, position: 0 }])).toThrow(
    'no position 4',
  );
  expect(() => operators.copyPositions(cache, [{ slot: 0, position: 0 }], [])).toThrow('as many');
  expect(() => operators.discardPositions(cache, { slot: 2, position: 0 })).toThrow('of slot 2');
  expect(() => operators.discardPositions(cache, { slot: 0, position: 5 })).toThrow('no position 5');
});
