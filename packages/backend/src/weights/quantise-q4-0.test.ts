import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dequantiseQ4_0 } from './dequantise/simple-quants.js';
import { halfBits } from './half-bits.js';
import { quantiseQ4_0 } from './quantise-q4-0.js';

function rounded(values: Float32Array): Float32Array {
  const bytes = new Uint8Array((values.length / 32) * 18);
  quantiseQ4_0(values, bytes);
  const back = new Float32Array(values.length);
  dequantiseQ4_0(bytes, back);
  return back;
}

const block = fc
  .array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 64, maxLength: 64 })
  .map((values) => Float32Array.from(values, (value) => (Math.abs(value) < 1e-6 ? 0 : value)));

it('gives back what Q4_0 can hold', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => 0.25 * ((i % 16) - 8));
  expect(rounded(values)).toEqual(values);
  expect(rounded(new Float32Array(32))).toEqual(new Float32Array(32));
});

it('is off by little of the greatest value of a block', () => {
  fc.assert(
    fc.property(block, (values) => {
      const back = rounded(values);
      for (let start = 0; start < values.length; start += 32) {
        const own = values.subarray(start, start + 32);
        const most = own.reduce((sum, value) => Math.max(sum, Math.abs(value)), 0);
        own.forEach((value, i) => {
          expect(Math.abs(value - (back[start + i] ?? 0))).toBeLessThanOrEqual(0.16 * most);
        });
      }
    }),
  );
});

it('is nearer than with the scale of the greatest value alone, in the mean', () => {
  let plain = 0;
  let chosen = 0;
  fc.assert(
    fc.property(block, (values) => {
      const back = rounded(values);
      for (let start = 0; start < values.length; start += 32) {
        const own = values.subarray(start, start + 32);
        const most = own.reduce((greatest, value) => (Math.abs(value) > Math.abs(greatest) ? value : greatest), 0);
        const scale = most / -8;
        own.forEach((value, i) => {
          const level = scale === 0 ? 0 : Math.max(-8, Math.min(7, Math.round(value / scale)));
          plain += (value - scale * level) ** 2;
          chosen += (value - (back[start + i] ?? 0)) ** 2;
        });
      }
    }),
  );
  expect(chosen).toBeLessThan(0.95 * plain);
});

it('stores the scale as the nearest half-precision number', () => {
  const bytes = new Uint8Array(18);
  quantiseQ4_0(
    Float32Array.from({ length: 32 }, (_, i) => (i === 3 ? -8 * 0.1 : 0)),
    bytes,
  );
  const bits = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  expect([halfBits(0.1), halfBits(0.8 / 7.7), halfBits(-0.8 / 7), halfBits(0.8 / 7)]).toContain(bits);
});
