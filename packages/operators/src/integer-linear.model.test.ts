import { WEIGHT_FORMATS, type WeightFormat } from '@foretoken/operators';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import type { NativeObject } from './native-object.js';
import type { NativeOperators } from './native-operators.js';
import { loadNative, type Native } from './testing/load-native.js';
import { randomFloats, randomWeights } from './testing/random-weights.js';
import { runLinear } from './testing/table-program.js';

let native: Native;
let operators: NativeOperators;
let threads: number;

beforeAll(async () => {
  native = await loadNative();
  ({ operators } = native);
  threads = operators.threads;
});

afterAll(() => operators.setThreads(threads));

const STEP = 32;

function makeMatrix(
  arithmetic: 'integer' | 'exact',
  columns: number,
  parts: readonly { readonly format: WeightFormat; readonly rows: number; readonly bytes: Uint8Array }[],
): NativeObject {
  const mappings = parts.map(({ bytes }) => operators.copyBytes(bytes));
  const matrix = operators.createMatrix({
    columns,
    arithmetic,
    parts: parts.map(({ format, rows }, index) => ({ mapping: mappings[index]!, offset: 0, format, rows })),
  });
  for (const mapping of mappings) mapping.close();
  return matrix;
}

function usePanels(
  matrix: NativeObject,
  part: { readonly format: WeightFormat; readonly rows: number; readonly columns: number; readonly bytes: Uint8Array },
): void {
  const source = operators.copyBytes(part.bytes);
  const panels = new Uint8Array(operators.panelBytes(part));
  operators.regroup({ ...part, mapping: source, offset: 0 }, panels);
  operators.usePanels(matrix, 0, { mapping: operators.copyBytes(panels), offset: 0 });
}

/** What integer products promise to round activations to: 127 steps to each side for every 32 of them. */
function rounded(x: Float32Array): Float32Array {
  const result = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += STEP) {
    const most = Math.max(...x.subarray(start, start + STEP).map(Math.abs));
    const inverse = most === 0 ? 0 : Math.fround(127 / most);
    for (let i = start; i < start + STEP; i++) {
      const exact = Math.fround(x[i]! * inverse);
      const down = Math.floor(exact);
      const even = exact - down === 0.5 ? down + (down & 1) : Math.round(exact);
      result[i] = Math.fround(most / 127) * even;
    }
  }
  return result;
}

const quantised = WEIGHT_FORMATS.filter((format) => format.startsWith('Q'));
const unit = (format: WeightFormat): number => (format.endsWith('_K') ? 256 : STEP);

describe.each(quantised)('%s in integers', (format) => {
  it('multiplies rounded activations, and gives every row the bits that it has alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        async (n, rows, units, count, seed) => {
          operators.setThreads(count);
          const random = seededRandom(seed);
          const columns = units * unit(format);
          const { bytes, values } = randomWeights(random, format, rows * columns);
          const weight = makeMatrix('integer', columns, [{ format, rows, bytes }]);
          const x = randomFloats(random, n * columns);
          const actual = await runLinear(native, { weight }, [{ values: x, shape: [n, columns] }]);
          const twin = rounded(x);
          for (let m = 0; m < n; m++) {
            for (let r = 0; r < rows; r++) {
              let sum = 0;
              let size = 0;
              for (let c = 0; c < columns; c++) {
                const term = twin[m * columns + c]! * values[r * columns + c]!;
                sum += term;
                size += Math.abs(term);
              }
              expect(Math.abs(actual[m * rows + r]! - sum)).toBeLessThanOrEqual(2e-6 * size + 1e-30);
            }
          }
          const row = seed % n;
          const one = x.slice(row * columns, (row + 1) * columns);
          operators.setThreads(1);
          const alone = await runLinear(native, { weight }, [{ values: one, shape: [1, columns] }]);
          expect(alone).toEqual(actual.slice(row * rows, (row + 1) * rows));
          weight.close();
        },
      ),
      { numRuns: 8, seed: 7 },
    );
  });
});

it('multiplies parts of different quantised formats in integers', async () => {
  const random = seededRandom(3);
  const columns = 256;
  const parts = (['Q4_K', 'Q6_K', 'Q5_0'] as const).map((format, index) => {
    const rows = [5, 37, 3][index]!;
    return { format, rows, bytes: randomWeights(random, format, rows * columns).bytes };
  });
  const x = { values: randomFloats(random, 3 * columns), shape: [3, columns] as [number, number] };
  const together = await runLinear(native, { weight: makeMatrix('integer', columns, parts) }, [x]);
  const apart = await Promise.all(
    parts.map((part) => runLinear(native, { weight: makeMatrix('integer', columns, [part]) }, [x])),
  );
  const joined = [0, 1, 2].flatMap((m) =>
    apart.flatMap((values, index) => [...values.slice(m * parts[index]!.rows, (m + 1) * parts[index]!.rows)]),
  );
  expect([...together]).toEqual(joined);
});

describe.each(quantised)('stored panels of %s', (format) => {
  it('give the bits that rows give which each pass regroups, chosen ones too', async () => {
    const random = seededRandom(6);
    const rows = 3 * operators.panelRows + 5;
    const columns = 9 * unit(format);
    const { bytes } = randomWeights(random, format, rows * columns);
    const stored = makeMatrix('integer', columns, [{ format, rows, bytes }]);
    const panelled = makeMatrix('integer', columns, [{ format, rows, bytes }]);
    usePanels(panelled, { format, rows, columns, bytes });
    for (const n of [1, 5, 8, 9, 33]) {
      const x = [{ values: randomFloats(random, n * columns), shape: [n, columns] as [number, number] }];
      expect(await runLinear(native, { weight: panelled }, x)).toEqual(await runLinear(native, { weight: stored }, x));
      for (const first of [0, operators.panelRows, 3]) {
        const chosen = Int32Array.from({ length: operators.panelRows + 2 }, (_, index) => first + index);
        const [some, twin] = [panelled, stored].map((matrix) => operators.selectRows(matrix, chosen));
        expect(await runLinear(native, { weight: some! }, x)).toEqual(await runLinear(native, { weight: twin! }, x));
      }
    }
  });
});

it('refuses panels that a mapping does not hold, that are not aligned, and of formats without integers', () => {
  const random = seededRandom(8);
  const { bytes } = randomWeights(random, 'Q8_0', 64 * 32);
  const matrix = makeMatrix('integer', 64, [{ format: 'Q8_0', rows: 32, bytes }]);
  const mapping = operators.copyBytes(new Uint8Array(operators.panelBytes({ format: 'Q8_0', rows: 32, columns: 64 })));
  expect(() => operators.usePanels(matrix, 0, { mapping, offset: 64 })).toThrow('reach beyond');
  expect(() => operators.usePanels(matrix, 0, { mapping, offset: 1 })).toThrow('not aligned');
  expect(() => operators.usePanels(matrix, 1, { mapping, offset: 0 })).toThrow('part 1 has no panels');
  expect(operators.panelBytes({ format: 'F16', rows: 32, columns: 64 })).toBe(0);
  const part = { mapping, offset: 0, format: 'Q8_0', rows: 1, columns: 64 } as const;
  const room = new Uint8Array(64);
  expect(() => operators.regroup({ ...part, format: 'F16' }, room)).toThrow('no panels');
  expect(() => operators.regroup({ ...part, rows: 999 }, room)).toThrow('reach beyond');
  expect(() => operators.regroup(part, room)).toThrow('another number of bytes');
  expect(() => operators.panelBytes({ format: 'Q4_K', rows: 1, columns: 64 })).toThrow('no whole blocks');
});

it('multiplies exactly what has no integers', async () => {
  const random = seededRandom(4);
  const weights = [
    { format: 'Q8_0', rows: 4, bytes: randomWeights(random, 'Q8_0', 4 * 64).bytes },
    { format: 'F16', rows: 4, bytes: randomWeights(random, 'F16', 4 * 64).bytes },
  ] as const;
  const x = { values: randomFloats(random, 2 * 64), shape: [2, 64] as [number, number] };
  const products = await Promise.all(
    (['exact', 'integer'] as const).map((arithmetic) =>
      runLinear(native, { weight: makeMatrix(arithmetic, 64, weights) }, [x]),
    ),
  );
  expect(products[1]).toEqual(products[0]);
});

it('gives sums too small for normal floats the same bits on every thread', async () => {
  const random = seededRandom(5);
  const rows = 4_000;
  const weight = makeMatrix('exact', 64, [
    { format: 'F32', rows, bytes: randomWeights(random, 'F32', rows * 64).bytes },
  ]);
  const values = randomFloats(random, 64).map((value) => value * 1e-38);
  const results: Float32Array[] = [];
  for (const count of [1, 2, 4]) {
    operators.setThreads(count);
    results.push(await runLinear(native, { weight }, [{ values, shape: [1, 64] }]));
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});
