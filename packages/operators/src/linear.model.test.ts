import { WEIGHT_FORMATS, type WeightFormat } from '@foretoken/operators';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import type { NativeObject } from './native-object.js';
import type { NativeOperators } from './native-operators.js';
import { loadNative, type Native } from './testing/load-native.js';
import { openProgramGraph } from './testing/program-graph.js';
import { randomFloats, randomWeights } from './testing/random-weights.js';
import { createRowsProgram, runLinear, runRows } from './testing/table-program.js';

let native: Native;
let operators: NativeOperators;
let threads: number;

beforeAll(async () => {
  native = await loadNative();
  ({ operators } = native);
  threads = operators.threads;
});

afterAll(() => operators.setThreads(threads));

interface Weight {
  readonly matrix: NativeObject;
  /** Row-major, in the order in which products come out. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

function makeWeight(random: () => number, format: WeightFormat, rows: number, columns: number): Weight {
  const { bytes, values } = randomWeights(random, format, rows * columns);
  const mapping = operators.copyBytes(bytes);
  const matrix = operators.createMatrix({ columns, parts: [{ mapping, offset: 0, format, rows }] });
  mapping.close();
  return { matrix, values, rows, columns };
}

/** x · Wᵀ in double precision, and what its rounding may be: a few float32 units of the sum of magnitudes. */
function plainProduct(x: ArrayLike<number>, n: number, { values, rows, columns }: Weight) {
  const product = new Float64Array(n * rows);
  const tolerance = new Float64Array(n * rows);
  for (let m = 0; m < n; m++) {
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      let size = 0;
      for (let c = 0; c < columns; c++) {
        const term = x[m * columns + c]! * values[r * columns + c]!;
        sum += term;
        size += Math.abs(term);
      }
      product[m * rows + r] = sum;
      tolerance[m * rows + r] = 1e-6 * size + 1e-30;
    }
  }
  return { product, tolerance };
}

function plainNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float64Array {
  const size = weight.length;
  return Float64Array.from(x, (value, index) => {
    const row = x.subarray(index - (index % size), index - (index % size) + size);
    const mean = row.reduce((sum, item) => sum + item * item, 0) / size;
    return (value / Math.sqrt(mean + epsilon)) * weight[index % size]!;
  });
}

/** How far a result is from its twin, in units of its tolerance. */
function worst(actual: Float32Array, expected: ArrayLike<number>, tolerance: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((most, value, i) => {
    const distance = Math.abs(value - expected[i]!) / tolerance[i]!;
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(most, distance);
  }, 0);
}

/** Columns that a format can have: any number for floats, else whole blocks. */
const unit = (format: WeightFormat): number => (format.endsWith('_K') ? 256 : format.startsWith('Q') ? 32 : 1);

describe.each(WEIGHT_FORMATS)('%s', (format) => {
  it('multiplies as its dequantised values do, for any shape and number of threads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: unit(format) === 1 ? 150 : 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        async (n, rows, units, count, seed) => {
          operators.setThreads(count);
          const random = seededRandom(seed);
          const columns = units * unit(format);
          const weight = makeWeight(random, format, rows, columns);
          const x = randomFloats(random, n * columns);
          const { product, tolerance } = plainProduct(x, n, weight);
          const actual = await runLinear(native, { weight: weight.matrix }, [{ values: x, shape: [n, columns] }]);
          weight.matrix.close();
          expect(worst(actual, product, tolerance)).toBeLessThan(1);
        },
      ),
      { numRuns: 12, seed: 5 },
    );
  });

  it.each([1, 4, 6, 8, 13])('multiplies %i rows that are too wide for the cache', async (n) => {
    const random = seededRandom(n);
    const columns = unit(format) === 1 ? 1999 : 2048;
    const weight = makeWeight(random, format, 19, columns);
    const x = randomFloats(random, n * columns);
    const { product, tolerance } = plainProduct(x, n, weight);
    const actual = await runLinear(native, { weight: weight.matrix }, [{ values: x, shape: [n, columns] }]);
    weight.matrix.close();
    expect(worst(actual, product, tolerance)).toBeLessThan(1);
  });
});

it('normalises, adds a bias and a residual', async () => {
  const random = seededRandom(1);
  for (const n of [1, 3, 9, 33]) {
    const weight = makeWeight(random, 'Q4_1', 50, 96);
    const scale = randomFloats(random, 96);
    const bias = randomFloats(random, 50);
    const x = randomFloats(random, n * 96);
    const residual = randomFloats(random, n * 50);
    const norm = operators.createNorm({ weight: scale, epsilon: 1e-5 });
    const { product, tolerance } = plainProduct(plainNorm(x, scale, 1e-5), n, weight);
    const expected = product.map((value, index) => value + bias[index % 50]! + residual[index]!);
    const actual = await runLinear(native, { weight: weight.matrix, norm, bias: operators.createBias(bias) }, [
      { values: x, shape: [n, 96] },
      { values: residual, shape: [n, 50] },
    ]);
    expect(
      worst(
        actual,
        expected,
        tolerance.map((size) => size + 1e-6),
      ),
    ).toBeLessThan(1);
  }
});

const plainActivations = {
  silu: (x: number) => x / (1 + Math.exp(-x)),
  gelu: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

it.each(['silu', 'gelu'] as const)('multiplies %s(gate) and up, stacked or from two formats', async (activation) => {
  const random = seededRandom(2);
  for (const n of [1, 5, 20]) {
    const gate = randomWeights(random, 'Q8_0', 37 * 64);
    const up = randomWeights(random, 'F16', 37 * 64);
    const mappings = [operators.copyBytes(gate.bytes), operators.copyBytes(up.bytes)] as const;
    const matrix = operators.createMatrix({
      columns: 64,
      parts: [
        { mapping: mappings[0], offset: 0, format: 'Q8_0', rows: 37 },
        { mapping: mappings[1], offset: 0, format: 'F16', rows: 37 },
      ],
    });
    const x = randomFloats(random, n * 64);
    const twin = (values: Float32Array) => plainProduct(x, n, { matrix, values, rows: 37, columns: 64 });
    const [g, u] = [twin(gate.values), twin(up.values)];
    const expected = g.product.map((value, index) => plainActivations[activation](value) * u.product[index]!);
    const tolerance = expected.map(
      (value, i) =>
        g.tolerance[i]! * Math.abs(u.product[i]!) +
        u.tolerance[i]! * Math.abs(g.product[i]!) +
        1e-6 * Math.abs(value) +
        1e-9,
    );
    const actual = await runLinear(native, { weight: matrix, gated: activation }, [{ values: x, shape: [n, 64] }]);
    expect(
      worst(
        actual,
        expected,
        tolerance.map((size) => 2 * size),
      ),
    ).toBeLessThan(1);
  }
});

it('gates, normalises and scales rows of their own', async () => {
  const random = seededRandom(6);
  for (const columns of [2, 34, 640]) {
    const x = { values: randomFloats(random, 5 * columns).map((value) => 9 * value), shape: [5, columns] } as const;
    const weight = randomFloats(random, columns);
    const norm = operators.createNorm({ weight, epsilon: 1e-3 });
    const expectClose = (actual: Float32Array, expected: ArrayLike<number>): void =>
      expect(
        worst(
          actual,
          expected,
          Array.from(expected, (value) => 1e-5 * Math.abs(value) + 1e-6),
        ),
      ).toBeLessThan(1);
    expectClose(await runRows(native, [x], [{ kind: 'norm', input: 0, norm }]), plainNorm(x.values, weight, 1e-3));
    expectClose(
      await runRows(native, [x], [{ kind: 'scale', input: 0, factor: 25.25 }]),
      x.values.map((value) => 25.25 * value),
    );
    for (const activation of ['silu', 'gelu'] as const) {
      const gated = await runRows(native, [x], [{ kind: 'gate', input: 0, activation }]);
      const half = columns / 2;
      const expected = Array.from({ length: 5 * half }, (_, index) => {
        const at = Math.floor(index / half) * columns + (index % half);
        return plainActivations[activation](x.values[at]!) * x.values[at + half]!;
      });
      expectClose(gated, expected);
    }
  }
});

it('interleaves the rows of heads stored as halves, beside parts that are not', async () => {
  const random = seededRandom(3);
  const { bytes, values } = randomWeights(random, 'BF16', 20 * 40);
  const mapping = operators.copyBytes(bytes);
  const part = (first: number, rows: number, interleave: number) =>
    ({ mapping, offset: first * 80, format: 'BF16', rows, interleave }) as const;
  const matrix = operators.createMatrix({ columns: 40, parts: [part(0, 16, 8), part(16, 4, 0)] });
  const order = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15, 16, 17, 18, 19];
  const reordered = Float32Array.from(order.flatMap((row) => [...values.subarray(row * 40, row * 40 + 40)]));
  for (const n of [2, 12]) {
    const x = randomFloats(random, n * 40);
    const { product, tolerance } = plainProduct(x, n, { matrix, values: reordered, rows: 20, columns: 40 });
    const actual = await runLinear(native, { weight: matrix }, [{ values: x, shape: [n, 40] }]);
    expect(worst(actual, product, tolerance)).toBeLessThan(1);
  }
});

it('runs many nodes of one graph at once', async () => {
  const random = seededRandom(4);
  const weights = Array.from({ length: 24 }, () => makeWeight(random, 'Q4_1', 200, 64));
  const x = { values: randomFloats(random, 4 * 64), shape: [4, 64] } as const;
  const programs = weights.map(({ matrix: weight }) =>
    createRowsProgram(operators, [x], [{ kind: 'linear', input: 0, weight }]),
  );
  const graph = await openProgramGraph(native.tf, programs);
  const tokens = Int32Array.of(0, 1, 2, 3);
  const expected = weights.map((weight) => plainProduct(x.values, 4, weight));
  for (const count of [1, 2, 4]) {
    operators.setThreads(count);
    for (let repeat = 0; repeat < 20; repeat++) {
      graph.run(tokens, [{ slot: 0, start: 0, parents: tokens.map((token) => token - 1) }]);
      expected.forEach(({ product, tolerance }, index) => {
        const rows = [...tokens].flatMap((row) => [...operators.logits(programs[index]!, row)]);
        expect(worst(Float32Array.from(rows), product, tolerance)).toBeLessThan(1);
      });
    }
  }
  graph.close();
});

it('refuses inputs of another shape', async () => {
  const { matrix: weight } = makeWeight(seededRandom(5), 'F32', 4, 8);
  const x = { values: new Float32Array(14), shape: [2, 7] } as const;
  const fitting = { values: new Float32Array(16), shape: [2, 8] } as const;
  await expect(runLinear(native, { weight }, [x])).rejects.toThrow('the weight does not fit the input');
  await expect(runLinear(native, { weight }, [fitting, x])).rejects.toThrow('second input has another shape');
  const norm = operators.createNorm({ weight: new Float32Array(7), epsilon: 0 });
  await expect(runLinear(native, { weight, norm }, [fitting])).rejects.toThrow('norm or bias has another size');
  const bias = operators.createBias(new Float32Array(4));
  await expect(runLinear(native, { weight, bias, gated: 'silu' }, [fitting])).rejects.toThrow('no bias');
});
