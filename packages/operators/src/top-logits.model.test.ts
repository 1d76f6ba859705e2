import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { loadNative, type Native } from './testing/load-native.js';
import { openTableProgram } from './testing/table-program.js';

let native: Native;

beforeAll(async () => {
  native = await loadNative();
});

/** The whole row in order: descending, the lower token first among equals, NaN behind every number. */
function plainOrder(row: Float32Array): number[] {
  const numbers = [...row.keys()].filter((token) => !Number.isNaN(row[token]!));
  const others = [...row.keys()].filter((token) => Number.isNaN(row[token]!));
  numbers.sort((a, b) => (row[a]! === row[b]! ? a - b : row[a]! > row[b]! ? -1 : 1));
  return [...numbers, ...others];
}

/** TensorFlow has its threads, and those begun by them, take subnormal numbers for zero; which thread has a row is open. */
const anyFloat = fc.float().map((value) => (Math.abs(value) < 2 ** -126 ? 0 : value));
const { NaN: notANumber, POSITIVE_INFINITY: infinity } = Number;
const awkward = fc.constantFrom(-1, 0, -0, 0.5, infinity, -infinity, notANumber);
const anyRow = (width: number): fc.Arbitrary<Float32Array> => {
  const length = { minLength: width, maxLength: width, size: 'max' } as const;
  return fc
    .oneof(
      fc.array(fc.oneof({ arbitrary: anyFloat, weight: 5 }, { arbitrary: awkward, weight: 1 }), length),
      fc.array(awkward, length),
      fc.array(fc.constantFrom(-3, -2, -1), length),
    )
    .map((values) => Float32Array.from(values));
};
const anyRows = fc
  .tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 6 }))
  .chain(([width, rows]) => fc.array(anyRow(width), { minLength: rows, maxLength: rows }));

it('gives the k highest logits of every row as a sort of the whole row does', async () => {
  const anyPart = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(anyRows, anyPart, async (rows, part) => {
      const width = rows[0]!.length;
      const orders = rows.map(plainOrder);
      const table = await openTableProgram(native, rows);
      table.score();
      for (const k of [1, Math.min(8, width), 1 + Math.floor(part * (width - 1)), width]) {
        const { tokens, logits } = native.operators.topLogits(table.program, k);
        expect([...tokens]).toEqual(orders.flatMap((order) => order.slice(0, k)));
        expect([...logits]).toEqual(
          rows.flatMap((row, index) => orders[index]!.slice(0, k).map((token) => row[token]!)),
        );
      }
      table.close();
    }),
    { numRuns: 60 },
  );
});

it('refuses a k outside of 1..width', async () => {
  const table = await openTableProgram(native, [Float32Array.of(3, 1, 2)]);
  table.score();
  for (const k of [0, -1, 4]) {
    expect(() => native.operators.topLogits(table.program, k)).toThrow('k must be in 1..vocabulary size');
  }
  table.close();
});
